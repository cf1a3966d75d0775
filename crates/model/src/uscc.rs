//! Unified social credit codes (统一社会信用代码, GB 32100-2015).

use std::fmt;
use std::str::FromStr;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::institution::InstitutionType;

/// The 31 characters of the code: no I, O, S, V, Z.
const ALPHABET: &[u8; 31] = b"0123456789ABCDEFGHJKLMNPQRTUWXY";

/// A unified social credit code whose form and check digit are right: 18 upper-case characters.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(try_from = "String", into = "String")]
pub struct Uscc(String);

/// Why a text is no unified social credit code.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum UsccError {
    /// Not 18 characters.
    #[error("a unified social credit code has 18 characters")]
    Length,
    /// A character outside the alphabet of the standard.
    #[error("a unified social credit code has digits and capital letters without I, O, S, V, Z")]
    Alphabet,
    /// The last character does not follow from the others.
    #[error("the check character of the unified social credit code is wrong")]
    CheckDigit,
}

impl Uscc {
    /// The type of the institution as far as the code tells (characters 1 and 2: registration department and category).
    /// `19` (other, registered by the staffing office) and `8` (trade unions) tell nothing.
    pub fn institution_type(&self) -> Option<InstitutionType> {
        match &self.0[..2] {
            "11" => Some(InstitutionType::PartyGovernment),
            "12" => Some(InstitutionType::PublicInstitution),
            "13" => Some(InstitutionType::MassOrganisation),
            "19" => None,
            // 总工会 are registered by the trade unions and are 群团机关; 基层工会 are not.
            code if code.starts_with('8') => None,
            _ => Some(InstitutionType::Other),
        }
    }

    /// The six-digit division of the registration authority (GB/T 2260), `100000` for the nation.
    pub fn division(&self) -> &str {
        &self.0[2..8]
    }

    /// The code as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// The check character for the first 17 (GB 32100-2015, 5.6: weights 3^i mod 31).
fn check_character(body: &[u8]) -> Option<u8> {
    let mut weight = 1;
    let mut sum = 0;
    for character in body {
        let value = ALPHABET.iter().position(|known| known == character)?;
        sum += value * weight;
        weight = weight * 3 % 31;
    }
    Some(ALPHABET[(31 - sum % 31) % 31])
}

impl FromStr for Uscc {
    type Err = UsccError;

    fn from_str(text: &str) -> Result<Self, UsccError> {
        let code = text.trim().to_ascii_uppercase();
        let bytes = code.as_bytes();
        if bytes.len() != 18 {
            return Err(UsccError::Length);
        }
        let check = check_character(&bytes[..17]).ok_or(UsccError::Alphabet)?;
        if !ALPHABET.contains(&bytes[17]) {
            return Err(UsccError::Alphabet);
        }
        if bytes[17] != check {
            return Err(UsccError::CheckDigit);
        }
        Ok(Self(code))
    }
}

impl TryFrom<String> for Uscc {
    type Error = UsccError;

    fn try_from(text: String) -> Result<Self, UsccError> {
        text.parse()
    }
}

impl From<Uscc> for String {
    fn from(code: Uscc) -> Self {
        code.0
    }
}

impl fmt::Display for Uscc {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_standards_example_is_right() {
        // GB 32100-2015, example of the check character.
        let code: Uscc = "91350100M000100Y43".parse().expect("the example of the standard");
        assert_eq!(code.institution_type(), Some(InstitutionType::Other));
        assert_eq!(code.division(), "350100");
    }

    #[test]
    fn wrong_codes_say_why() {
        assert_eq!("91350100M000100Y44".parse::<Uscc>(), Err(UsccError::CheckDigit));
        assert_eq!("91350100M000100Y4".parse::<Uscc>(), Err(UsccError::Length));
        assert_eq!("9135010OM000100Y43".parse::<Uscc>(), Err(UsccError::Alphabet));
        assert_eq!("九一三五零一".parse::<Uscc>(), Err(UsccError::Alphabet));
    }
}
