//! Chinese wording of the command line, by the path of command and argument. A test finds what is missing.

/// What a command does.
pub fn about(path: &str) -> Option<&'static str> {
    Some(match path {
        "" => "对照《互联网政务应用安全管理规定》检测互联网政务应用的合规情况与安全风险",
        "check" => "立即检测一个或多个网站",
        "sweep" => "按台账整体检测一次；中断后可从断点继续",
        "map" => "测绘应用：地址归属、端口服务、技术组件、页面与候选资产；不判定、不使用浏览器",
        "source" => "导入台账，或列出已导入的数据",
        "source.list" => "列出已导入的数据",
        "source.import" => "导入文件",
        "rules" => "列出检测规则，或查看某条规则",
        "rules.list" => "列出全部规则",
        "rules.show" => "查看一条规则",
        "rejudge" => "用现有证据重新判定，不访问任何服务器",
        "verify" => "复核一条判定：重新读取证据、校验摘要、再次判定",
        "report" => "根据已存数据输出最近一次检测的报告",
        "lab" => "启动实验环境：本机回环上的小型政务互联网",
        "lab.up" => "启动并保持运行，按 Ctrl-C 结束",
        "demo" => "启动实验环境并整体检测，将结果与预设问题逐条比对",
        "config" => "打印当前生效的配置，可作为配置文件的起点",
        _ => return None,
    })
}

/// What an argument means.
pub fn argument(path: &str) -> Option<&'static str> {
    let name = path.rsplit('.').next().unwrap_or(path);
    Some(match (path, name) {
        (_, "lang") => "帮助、输出和报告的语言：zh（默认）或 en；也可由环境变量 MINGCHA_LANG 指定",
        (_, "config") => "配置文件（TOML），参见 mingcha config",
        (_, "verbose") => "在标准错误输出更多过程信息，重复两次输出全部",
        ("check.targets", _) => "检测对象：域名或网址",
        ("check.institution", _) => "开办单位信息文件（JSON 或 TOML）；不指定时查询已导入的台账",
        ("check.map" | "sweep.map", _) => "同时测绘应用：主机、地址、服务、页面、技术组件",
        ("map.targets", _) => "测绘对象：域名或网址",
        ("map.ledger", _) => "台账文件（CSV、JSON、XLSX）；既无对象又无文件时测绘已导入的台账",
        ("map.fresh", _) => "重新开始，不续接被中断的测绘",
        ("map.keep_candidates", _) => "将发现的名称作为候选资产写入已导入的台账，等待认领",
        ("sweep.ledger", _) => "台账文件（CSV、JSON、XLSX）；不指定时检测已导入的台账",
        ("sweep.fresh", _) => "重新开始，不续接被中断的检测",
        ("source.import.kind", _) => "数据类别：ledger（台账）",
        ("source.import.file", _) => "文件",
        ("rules.show.id", _) => "规则编号，例如 DOM002",
        ("rules.list.format" | "rules.show.format", _) => "输出形式：table、json 或 md",
        (_, "format") => "结果形式：table 终端表格（默认），json 单个文档，jsonl 每行一个对象，html 报告，sarif 供工具读取",
        ("lab.up.world", _) => "实验环境定义文件或目录；不指定时使用内置定义",
        ("lab.up.replicas", _) => "不使用环境定义，改为生成若干个普通合规网站，供性能测量",
        ("lab.up.out", _) => "存放证书、配置和台账的目录，默认 out/lab",
        ("demo.out", _) => "存放实验环境文件和报告的目录，默认 out/demo",
        (_, "out") => "结果目录；不指定时输出到标准输出",
        ("rejudge.as_sealed", _) => "按证据封存时刻判定，而不是按当前时刻",
        ("verify.verdict", _) => "判定编号，或其开头若干位",
        _ => return None,
    })
}
