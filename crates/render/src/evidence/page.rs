//! The home page, as sent and as shown, and the clicks on it, as evidence.

use model::facts::page::{HomePage, Mark, MarkClass, MarkForm};
use model::facts::rendered::{Click, ClickTest, RenderedPage};

use super::Blocks;

/// Pictures taken after clicks that are shown at most.
const CLICK_PICTURES: usize = 4;

pub(super) fn home(blocks: &mut Blocks<'_>, home: &HomePage) {
    blocks.field("页面地址", "Address", &home.url);
    blocks.field("页面标题", "Title", &home.title);
    let names = blocks.list(&home.site_names);
    blocks.field("网站自称名称", "Names it gives itself", names);
    let institutions = blocks.list(&home.institutions);
    blocks.field("页面所示单位", "Institutions named", institutions);
    let icp: Vec<_> = home.icp.iter().map(|number| &number.text).collect();
    let icp = blocks.list(&icp);
    blocks.field("ICP 备案号", "ICP filing numbers", icp);
    let police: Vec<_> = home.police.iter().map(|number| &number.text).collect();
    let police = blocks.list(&police);
    blocks.field("公安联网备案号", "Public-security numbers", police);
    let codes: Vec<_> = home.site_codes.iter().map(|code| &code.code).collect();
    let codes = blocks.list(&codes);
    blocks.field("政府网站标识码", "Government-site codes", codes);
    blocks.field("页面链接数", "Links", home.links.len().to_string());
    if home.script_built {
        let yes = blocks.yes(true);
        blocks.field("内容由脚本生成", "Built by scripts", yes);
    }
    let rows: Vec<_> = home.marks.iter().map(|found| mark(blocks, found)).collect();
    marks(blocks, rows);
    let forms = home.forms.iter().map(|form| [form.action.clone(), form.method.clone(), form.fields.join(" ")]);
    blocks.table(("表单", "Forms"), [("提交地址", "Posts to"), ("方法", "Method"), ("字段", "Fields")], forms);
}

pub(super) fn rendered(blocks: &mut Blocks<'_>, rendered: &RenderedPage) {
    blocks.field("页面地址", "Address", &rendered.page.url);
    blocks.field("页面标题", "Title", &rendered.page.title);
    blocks.field("页面尺寸（像素）", "Page size (pixels)", format!("{} × {}", rendered.width, rendered.height));
    let rows: Vec<_> = rendered
        .marks
        .iter()
        .map(|seen| {
            let [form, class, state, link] = mark(blocks, &seen.mark);
            let shown = if seen.visible { blocks.say("可见", "visible") } else { blocks.say("不可见", "not visible") };
            [form, class, format!("{shown} {state}"), link]
        })
        .collect();
    marks(blocks, rows);
    if let Some(picture) = &rendered.screenshot {
        let figure = blocks.gallery.page(picture, &[], blocks.say("首页整页截图", "The whole home page"));
        blocks.figure(figure);
    }
}

pub(super) fn clicks(blocks: &mut Blocks<'_>, test: &ClickTest) {
    blocks.field("可供点击的外部链接", "External links to click", test.candidates.to_string());
    let rows: Vec<_> = test.clicks.iter().map(|click| click_row(blocks, click)).collect();
    blocks.table(
        ("点击结果", "Clicks"),
        [("链接文字", "Words"), ("链接地址", "Leads to"), ("点击后的提示", "Prompt after the click"), ("结果", "Result")],
        rows,
    );
    let pictures = test.clicks.iter().filter_map(|click| click.screenshot);
    for digest in pictures.take(CLICK_PICTURES) {
        let figure = blocks.gallery.snapshot(digest, blocks.say("点击后的页面", "The page after the click"));
        blocks.figure(figure);
    }
}

fn click_row(blocks: &Blocks<'_>, click: &Click) -> [String; 4] {
    let interstitial = click.interstitial.as_ref().map(|between| format!("{}\n{}", between.url, between.text));
    let prompts: Vec<_> = [&click.dialog, &click.appeared, &interstitial].into_iter().flatten().map(String::as_str).collect();
    let prompt = if prompts.is_empty() { blocks.say("无", "none").into() } else { prompts.join("\n") };
    let result = match (&click.failure, &click.left_for) {
        (Some(failure), _) => failure.text().get(blocks.lang).to_owned(),
        (None, Some(url)) => format!("{}{url}", blocks.say("离开前往 ", "left for ")),
        (None, None) => blocks.say("未离开", "did not leave").into(),
    };
    [click.text.clone(), click.url.clone(), prompt, result]
}

fn marks(blocks: &mut Blocks<'_>, rows: Vec<[String; 4]>) {
    let heads = [("形式", "Form"), ("类别", "Class"), ("状态", "State"), ("查验链接", "Verification link")];
    blocks.table(("网上标识", "Official marks"), heads, rows);
}

fn mark(blocks: &Blocks<'_>, mark: &Mark) -> [String; 4] {
    let form = match mark.form {
        MarkForm::Loader => blocks.say("标识加载脚本", "loader script"),
        MarkForm::LinkedPicture => blocks.say("带查验链接的图片", "linked picture"),
        MarkForm::TextLink => blocks.say("文字链接", "text link"),
        MarkForm::Picture => blocks.say("无查验链接的图片", "picture without link"),
    };
    let class = match mark.class {
        Some(MarkClass::PartyGovernment) => blocks.say("党政机关（红）", "party or government (red)"),
        Some(MarkClass::PublicInstitution) => blocks.say("事业单位（蓝）", "public institution (blue)"),
        None => blocks.say("未知", "unknown"),
    };
    let error = mark.error.then(|| blocks.say("登记主机不符", "host is not the registered one"));
    let hidden = mark.commented_out.then(|| blocks.say("已被注释", "commented out"));
    let state = [error, hidden].into_iter().flatten().collect::<Vec<_>>().join(" ");
    let link = mark.link.as_ref().or(mark.code.as_ref()).or(mark.id.as_ref());
    [form.into(), class.into(), state, link.cloned().unwrap_or_default()]
}
