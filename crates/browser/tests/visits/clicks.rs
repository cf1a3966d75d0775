//! What stands between a click on an external link and the leaving.

use crate::world::World;
use browser::Wants;
use browser::settings::Settings;
use model::facts::rendered::Click;

const HEAD: &str = "<!doctype html><meta charset=utf-8><title>示例</title><p>正文</p>";

async fn click(world: &World, path: &str) -> Click {
    let url = format!("http://www.example.gov.cn/{path}");
    let visited = world
        .browser
        .visit(&world.permit, &url, Wants { clicks: true })
        .await
        .unwrap_or_else(|failure| panic!("{path}: {failure:?}"));
    let clicked = visited.clicked.unwrap().unwrap();
    assert_eq!(clicked.test.candidates, 1, "{path}");
    let click = clicked.test.clicks.into_iter().next().unwrap();
    if let Some(screenshot) = click.screenshot {
        assert!(clicked.screenshots.iter().any(|(digest, _)| *digest == screenshot));
    }
    click
}

#[tokio::test(flavor = "multi_thread")]
async fn every_kind_of_leaving_is_told_apart_and_none_is_carried_out() {
    let page = |rest: &str| format!("{HEAD}{rest}");
    let pages = [
        ("direct", page("<a href='https://www.example.com/a'>外部</a>")),
        ("blank", page("<a href='https://www.example.com/a' target=_blank>外部</a>")),
        ("script", page("<a href='https://www.example.com/a' onclick=\"window.open(this.href);return false\">外部</a>")),
        ("confirm", page("<a href='https://www.example.com/a' onclick=\"return confirm('您访问的链接即将离开本网站，是否继续？')\">外部</a>")),
        ("alert", page("<a href='https://www.example.com/a' onclick=\"alert('即将离开')\">外部</a>")),
        (
            "overlay",
            page(
                "<div id=o style='display:none;position:fixed;top:100px;left:100px;background:#fff'>您访问的链接即将离开</div>
                 <a href='https://www.example.com/a' onclick=\"o.style.display='block';return false\">外部</a>",
            ),
        ),
        (
            "interstitial",
            page("<a href='https://www.example.com/a' target=_blank onclick=\"this.href='http://jump.example.gov.cn/go?to='+this.href\">外部</a>"),
        ),
        ("redirect", page("<a href='https://www.example.com/a' onclick=\"this.href='http://jump.example.gov.cn/302'\">外部</a>")),
        ("covered", page("<a href='https://www.example.com/a'>外部</a><div style='position:fixed;inset:0'></div>")),
        ("dead", page("<a href='https://www.example.com/a' onclick='return false'>外部</a>")),
    ]
    .map(|(path, body)| (format!("www.example.gov.cn/{path}"), body));
    let mut served = pages.iter().map(|(at, body)| (at.as_str(), body.as_str())).collect::<Vec<_>>();
    let counting = "<!doctype html><meta charset=utf-8><p>网页正在跳转至非党政机关网站</p><script>setTimeout(() => location='https://www.example.com/a', 9000)</script>";
    served.extend([("jump.example.gov.cn/go", counting), ("jump.example.gov.cn/302", "=> https://www.example.com/a")]);
    let world = World::new(Settings::default(), &served).await;
    let target = Some("https://www.example.com/a");

    for path in ["direct", "blank", "script", "redirect"] {
        let click = click(&world, path).await;
        assert_eq!(click.left_for.as_deref(), target, "{path}: {click:?}");
        assert_eq!((click.dialog, click.appeared, click.interstitial, click.failure), (None, None, None, None), "{path}");
        assert_eq!((click.url.as_str(), click.text.as_str()), ("https://www.example.com/a", "外部"));
    }
    let asked = click(&world, "confirm").await;
    assert_eq!(asked.dialog.as_deref(), Some("您访问的链接即将离开本网站，是否继续？"));
    assert_eq!(asked.left_for, None);
    let told = click(&world, "alert").await;
    assert_eq!((told.dialog.as_deref(), told.left_for.as_deref()), (Some("即将离开"), target));
    let overlay = click(&world, "overlay").await;
    assert_eq!((overlay.appeared.as_deref(), overlay.left_for), (Some("您访问的链接即将离开"), None));
    let between = click(&world, "interstitial").await;
    let interstitial = between.interstitial.unwrap();
    assert!(interstitial.url.starts_with("http://jump.example.gov.cn/go?to="), "{interstitial:?}");
    assert_eq!((interstitial.text.as_str(), between.left_for), ("网页正在跳转至非党政机关网站", None));
    let covered = click(&world, "covered").await;
    assert!(covered.failure.is_some() && covered.left_for.is_none());
    let dead = click(&world, "dead").await;
    assert_eq!((dead.failure, dead.left_for, dead.appeared), (None, None, None));

    assert!(!world.asked().iter().any(|asked| asked.starts_with("www.example.com")), "{:?}", world.asked());
}

#[tokio::test(flavor = "multi_thread")]
async fn clicks_follow_one_another_on_the_restored_page() {
    let home = format!(
        "{HEAD}<a href='https://www.example.com/1' onclick=\"location='/jump';return false\">一</a>
         <a href='https://www.example.com/2'>二</a> <a href='https://www.example.org/' target=_blank>三</a>
         <a href='https://www.example.net/' style='visibility:hidden'>四</a> <a href='http://www.other.gov.cn/'>五</a>"
    );
    let pages = [("www.example.gov.cn/", home.as_str()), ("www.example.gov.cn/jump", "<!doctype html><p>leaving")];
    let world = World::new(Settings::default(), &pages).await;
    let visited = world.browser.visit(&world.permit, "http://www.example.gov.cn/", Wants { clicks: true }).await.unwrap();
    let test = visited.clicked.unwrap().unwrap().test;
    assert_eq!(test.candidates, 3);
    let left = test.clicks.iter().map(|click| (click.text.as_str(), click.left_for.as_deref())).collect::<Vec<_>>();
    assert_eq!(left, [("一", None), ("三", Some("https://www.example.org/")), ("二", Some("https://www.example.com/2"))]);
    assert_eq!(test.clicks[0].interstitial.as_ref().unwrap().text, "leaving");
}
