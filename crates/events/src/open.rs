//! Values of enums in events. An event may come from a later version, so a value that is not known is kept as its text.

use std::borrow::Cow;

use schemars::{JsonSchema, Schema, SchemaGenerator};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// An enum whose values have names.
pub trait Name: Copy {
    /// Its name.
    fn name(self) -> &'static str;

    /// The value of that name.
    fn by_name(name: &str) -> Option<Self>;
}

/// A value of an enum, or the text of one that this version does not know. Requests take `T` itself and refuse it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Open<T> {
    /// One of this version.
    Known(T),
    /// One of a later version, as it came.
    Unknown(String),
}

impl<T: Name> Open<T> {
    /// Its name, whether it is known or not.
    pub fn name(&self) -> &str {
        match self {
            Self::Known(value) => value.name(),
            Self::Unknown(text) => text,
        }
    }

    /// None when this version does not know it.
    pub fn known(&self) -> Option<T> {
        match self {
            Self::Known(value) => Some(*value),
            Self::Unknown(_) => None,
        }
    }
}

impl<T> From<T> for Open<T> {
    fn from(value: T) -> Self {
        Self::Known(value)
    }
}

impl<T: PartialEq> PartialEq<T> for Open<T> {
    fn eq(&self, other: &T) -> bool {
        matches!(self, Self::Known(value) if value == other)
    }
}

impl<T: Name> Serialize for Open<T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.name())
    }
}

impl<'de, T: Name> Deserialize<'de> for Open<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = Cow::<'de, str>::deserialize(deserializer)?;
        Ok(T::by_name(&text).map_or_else(|| Self::Unknown(text.into_owned()), Self::Known))
    }
}

/// The contract lists the values that there are.
impl<T: JsonSchema> JsonSchema for Open<T> {
    fn inline_schema() -> bool {
        T::inline_schema()
    }

    fn schema_name() -> Cow<'static, str> {
        T::schema_name()
    }

    fn schema_id() -> Cow<'static, str> {
        T::schema_id()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        T::json_schema(generator)
    }
}
