//! Answers that are no success: one JSON envelope with a machine code and a sentence in both languages.

use axum::Json;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use model::text::{Lang, Text};
use serde::Serialize;
use utoipa::ToSchema;

/// A sentence in both languages.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct Message {
    /// Chinese.
    zh: String,
    /// English.
    en: String,
}

impl From<Text> for Message {
    fn from(text: Text) -> Self {
        Self { zh: text.zh, en: text.en }
    }
}

/// The body of every answer that is no success.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub(crate) struct Envelope {
    /// Stable word for programs.
    code: String,
    /// What is wrong and what to do.
    message: Message,
}

/// An answer that is no success.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Fault {
    status: StatusCode,
    code: &'static str,
    message: Text,
    retry_after_s: Option<u64>,
}

macro_rules! faults {
    ($($(#[$doc:meta])* $name:ident, $status:ident, $code:literal, $zh:literal, $en:literal;)*) => {
        $($(#[$doc])* pub fn $name() -> Self { Self::new(StatusCode::$status, $code, Text::new($zh, $en)) })*
    };
}

impl Fault {
    pub fn new(status: StatusCode, code: &'static str, message: Text) -> Self {
        Self { status, code, message, retry_after_s: None }
    }

    faults! {
        unauthorized, UNAUTHORIZED, "unauthorized", "缺少令牌或令牌不正确：请在 Authorization 头中携带 Bearer 令牌",
            "no token, or an unknown one: send it as Authorization: Bearer";
        forbidden, FORBIDDEN, "forbidden", "该令牌无权报送此来源", "this token may not deliver this source";
        unknown_kind, NOT_FOUND, "unknown_kind", "没有这种数据来源", "there is no such kind of source";
        not_found, NOT_FOUND, "not_found", "没有该资源", "there is nothing here";
        wrong_method, METHOD_NOT_ALLOWED, "wrong_method", "不支持该请求方法", "this method is not served here";
        bad_name, BAD_REQUEST, "bad_name", "来源名称应为 1 至 100 个字符，且不含控制字符",
            "a source's name has 1 to 100 characters and no control characters";
        empty, BAD_REQUEST, "empty", "报送内容为空", "the delivery is empty";
        broken_off, BAD_REQUEST, "broken_off", "传输中断，未接收任何内容：请重新报送", "the transfer broke off, nothing was taken: send it again";
        too_slow, REQUEST_TIMEOUT, "too_slow", "传输停滞过久，未接收任何内容：请重新报送", "the transfer stalled, nothing was taken: send it again";
        no_room, SERVICE_UNAVAILABLE, "no_room", "服务器暂时无法保存报送内容：请稍后再试", "the server cannot keep the delivery now: try again later";
        failed, INTERNAL_SERVER_ERROR, "failed", "服务器处理失败：请联系运维人员", "the server failed: tell its operator";
    }

    /// Too large; `limit` in bytes.
    pub fn too_large(limit: u64) -> Self {
        let message = model::text!(zh: "报送内容超过 {limit} 字节：请拆分后报送", en: "the delivery is larger than {limit} bytes: split it");
        Self::new(StatusCode::PAYLOAD_TOO_LARGE, "too_large", message)
    }

    /// Another delivery is being taken in.
    pub fn busy(retry_after_s: u64) -> Self {
        let message = Text::new("正在接收其他数据：请稍后再试", "another delivery is being taken in: try again later");
        Self { retry_after_s: Some(retry_after_s), ..Self::new(StatusCode::SERVICE_UNAVAILABLE, "busy", message) }
    }

    /// Too many requests.
    pub fn too_many(retry_after_s: u64) -> Self {
        let message = Text::new("提交过于频繁：请稍后再试", "too many reports: try again later");
        Self { retry_after_s: Some(retry_after_s), ..Self::new(StatusCode::TOO_MANY_REQUESTS, "too_many", message) }
    }

    /// A field that is missing or wrong.
    pub fn invalid(message: Text) -> Self {
        Self::new(StatusCode::UNPROCESSABLE_ENTITY, "invalid", message)
    }

    pub fn words(&self, lang: Lang) -> &str {
        self.message.get(lang)
    }

    /// The headers that go with it, whatever the body is.
    pub fn dress(&self, response: &mut Response) {
        *response.status_mut() = self.status;
        if let Some(seconds) = self.retry_after_s {
            response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from(seconds));
        }
        if self.status == StatusCode::UNAUTHORIZED {
            response.headers_mut().insert(header::WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"));
        }
    }
}

impl IntoResponse for Fault {
    fn into_response(self) -> Response {
        let envelope = Envelope { code: self.code.into(), message: self.message.clone().into() };
        let mut response = Json(envelope).into_response();
        self.dress(&mut response);
        response
    }
}
