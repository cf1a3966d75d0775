//! The registry of marks (`dcs.conac.cn`, `bszs.conac.cn`) as the lab plays it: a certificate for every site, a loader script, a page.

use crate::world::page::Mark;
use crate::world::{Institution, Site};

/// A mark's certificate.
pub(crate) struct Certificate {
    /// `CA` and 21 digits.
    pub code: String,
    /// 32 hexadecimal digits.
    pub id: String,
    /// The host it was issued for.
    pub host: String,
    /// `red` or `blue`.
    pub class: String,
    /// Name of the institution.
    pub institution: String,
    /// What its loader does.
    pub mark: Mark,
}

impl Certificate {
    /// The certificate of the site with this number.
    pub fn new(number: usize, owner: Option<&Institution>, site: &Site) -> Self {
        let class = site.page.mark_class.clone().or_else(|| owner.map(|owner| owner.mark_class().to_owned()));
        Self {
            code: format!("CA280000000{:08}0001", 60_000_000 + number),
            id: format!("{:016X}E053012819AC{number:04X}", 0x07BB_0000_0000_0000_u64 + number as u64),
            host: site.host.clone(),
            class: class.unwrap_or_else(|| "red".into()),
            institution: owner.map_or_else(|| site.host.clone(), |owner| owner.name.clone()),
            mark: site.page.mark,
        }
    }

    /// The path of the loader script: the code's parts, then the code.
    pub fn loader_path(&self) -> String {
        let part = |from: usize, to: usize| self.code.get(from..to).unwrap_or_default();
        format!("/js/{}/{}/{}/{}/{}.js", part(2, 4), part(4, 7), part(7, 11), part(11, 19), self.code)
    }

    /// The address of the verification page.
    pub fn verification(&self) -> String {
        format!("//bszs.conac.cn/sitename?method=show&id={}", self.id)
    }

    /// The loader script. It draws the error picture on a host that is not the registered one.
    pub fn loader(&self) -> String {
        if self.mark == Mark::IdleLoader {
            return "/* suspended */".into();
        }
        let (host, class, link) = (&self.host, &self.class, self.verification());
        format!(
            "(function () {{\n  var place = document.getElementById('_ideConac');\n  if (!place) return;\n  \
             var picture = location.hostname === '{host}' ? '{class}' : '{class}_error';\n  \
             place.innerHTML = '<a href=\"{link}\" target=\"_blank\"><img id=\"imgConac\" border=\"0\" src=\"//dcs.conac.cn/image/' + \
             picture + '.png\"></a>';\n}})();\n"
        )
    }

    /// The verification page.
    pub fn page(&self) -> String {
        let kind = if self.class == "blue" { "事业单位" } else { "党政机关" };
        format!(
            "<!DOCTYPE html><html lang=\"zh-CN\"><meta charset=\"utf-8\"><title>标识证书</title><body><table>\
             <tr><td>机构名称</td><td>{}</td></tr><tr><td>机构类型</td><td>{kind}</td></tr>\
             <tr><td>域名名称</td><td>{}</td></tr><tr><td>标识证书编号</td><td>{}</td></tr></table></body></html>",
            self.institution, self.host, self.code
        )
    }
}
