//! Wrong use, explained in the user's language.

use clap::error::{ContextKind, ContextValue, ErrorKind};
use model::text::Lang;

/// Prints why parsing ended. Help and version go to standard output with status 0, wrong use to standard error with status 2.
pub fn print(error: &clap::Error, lang: Lang) -> u8 {
    let is_answer = matches!(error.kind(), ErrorKind::DisplayHelp | ErrorKind::DisplayVersion);
    if is_answer || lang == Lang::En || error.kind() == ErrorKind::DisplayHelpOnMissingArgumentOrSubcommand {
        // Nothing can be done when the terminal is gone.
        let _ = error.print();
    } else {
        eprintln!("错误：{}\n\n使用 mingcha --help 查看帮助。", chinese(error));
    }
    if is_answer { 0 } else { 2 }
}

fn chinese(error: &clap::Error) -> String {
    let context = |kind| match error.get(kind) {
        Some(ContextValue::String(text)) => text.clone(),
        Some(ContextValue::Strings(texts)) => texts.join("、"),
        _ => String::new(),
    };
    let (argument, value) = (context(ContextKind::InvalidArg), context(ContextKind::InvalidValue));
    match error.kind() {
        ErrorKind::UnknownArgument => format!("无法识别的参数“{argument}”"),
        ErrorKind::InvalidSubcommand => format!("无法识别的命令“{}”", context(ContextKind::InvalidSubcommand)),
        ErrorKind::MissingRequiredArgument => format!("缺少必需的参数：{argument}"),
        ErrorKind::MissingSubcommand => "缺少命令".into(),
        ErrorKind::InvalidValue if value.is_empty() => format!("参数 {argument} 缺少取值"),
        ErrorKind::InvalidValue => {
            format!("参数 {argument} 的取值“{value}”无效，可选：{}", context(ContextKind::ValidValue))
        }
        ErrorKind::TooManyValues | ErrorKind::WrongNumberOfValues => format!("参数 {argument} 的取值个数不对"),
        ErrorKind::ArgumentConflict => format!("参数 {argument} 不能与其他参数同时使用"),
        _ => error.to_string(),
    }
}
