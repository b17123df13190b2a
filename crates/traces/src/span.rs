//! A piece of work, from its beginning to its end.

use std::borrow::Cow;

use crate::TraceContext;

/// On which side of whom the work is done, as OpenTelemetry names it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SpanKind {
    /// Within the service.
    Internal,
    /// Answering a request.
    Server,
    /// Handing a message to a broker.
    Producer,
    /// Doing what a message asks for.
    Consumer,
}

/// A value of an attribute.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Value {
    /// A text.
    Text(Cow<'static, str>),
    /// A whole number.
    Number(i64),
}

impl From<&'static str> for Value {
    fn from(text: &'static str) -> Self {
        Self::Text(Cow::Borrowed(text))
    }
}

impl From<String> for Value {
    fn from(text: String) -> Self {
        Self::Text(Cow::Owned(text))
    }
}

impl From<i64> for Value {
    fn from(number: i64) -> Self {
        Self::Number(number)
    }
}

/// Work of a recorded trace that has begun.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Begun {
    pub(crate) context: TraceContext,
    /// A span of the same trace; none for the first one.
    pub(crate) parent: Option<u64>,
    /// Nanoseconds since the Unix epoch.
    pub(crate) at: u64,
}

impl Begun {
    /// What is passed on to work that follows from this.
    #[must_use]
    pub fn context(&self) -> TraceContext {
        self.context
    }

    /// The work is done.
    #[must_use]
    pub fn ended(self, at: u64, kind: SpanKind, name: impl Into<Cow<'static, str>>) -> Span {
        Span {
            begun: self,
            ended: at.max(self.at),
            kind,
            name: name.into(),
            attributes: Vec::new(),
            links: Vec::new(),
            failure: None,
        }
    }
}

/// Work that is done.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Span {
    pub(crate) begun: Begun,
    pub(crate) ended: u64,
    pub(crate) kind: SpanKind,
    pub(crate) name: Cow<'static, str>,
    pub(crate) attributes: Vec<(&'static str, Value)>,
    pub(crate) links: Vec<TraceContext>,
    pub(crate) failure: Option<String>,
}

impl Span {
    /// Says more about it. Names are those of OpenTelemetry's semantic conventions, where they have one.
    #[must_use]
    pub fn with(mut self, name: &'static str, value: impl Into<Value>) -> Self {
        self.attributes.push((name, value.into()));
        self
    }

    /// Names a span, mostly of another trace, that it belongs together with.
    #[must_use]
    pub fn linked(mut self, to: TraceContext) -> Self {
        self.links.push(to);
        self
    }

    /// It failed, for this reason.
    #[must_use]
    pub fn failed(mut self, reason: impl Into<String>) -> Self {
        self.failure = Some(reason.into());
        self
    }
}
