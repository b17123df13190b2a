//! Changes field by field: one list makes what a thing is created with and how it is changed.

use serde::{Deserialize, Deserializer};

/// What a change says of one field: absent keeps it, null clears it, a value replaces it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Patch<T> {
    #[default]
    Keep,
    Clear,
    Set(T),
}

impl<T> Patch<T> {
    pub(crate) fn set(&self) -> Option<&T> {
        match self {
            Self::Set(value) => Some(value),
            Self::Keep | Self::Clear => None,
        }
    }

    /// Changes a field that may be empty.
    pub(crate) fn change(self, field: &mut Option<T>) {
        match self {
            Self::Keep => {}
            Self::Clear => *field = None,
            Self::Set(value) => *field = Some(value),
        }
    }

    /// Changes a field that always has a value; `not_null` lets no `Clear` in.
    pub(crate) fn replace(self, field: &mut T) {
        if let Self::Set(value) = self {
            *field = value;
        }
    }
}

impl<'de, T: Deserialize<'de>> Deserialize<'de> for Patch<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Ok(Option::deserialize(deserializer)?.map_or(Self::Clear, Self::Set))
    }
}

/// For a field that null must not clear.
pub(crate) fn not_null<'de, T: Deserialize<'de>, D: Deserializer<'de>>(deserializer: D) -> Result<Patch<T>, D::Error> {
    T::deserialize(deserializer).map(Patch::Set)
}

/// From one list of fields: the fields of a new thing, and those of a change. `required` must be there, `defaulted` are
/// empty when absent, `optional` may be null; `described` is as `defaulted`, with another type for the document. Neither takes
/// a field that it does not know.
macro_rules! fields {
    (
        $(#[$outer:meta])* $fields:ident,
        $(#[$changes_outer:meta])* $changes:ident:
        required { $($(#[$r_meta:meta])* $required:ident: $r_type:ty,)* }
        defaulted { $($(#[$d_meta:meta])* $defaulted:ident: $d_type:ty,)* }
        $(described { $($(#[$a_meta:meta])* $described:ident: $a_type:ty as $a_doc:ty,)* })?
        optional { $($(#[$o_meta:meta])* $optional:ident: $o_type:ty,)* }
    ) => {
        $(#[$outer])*
        #[derive(Clone, Debug, PartialEq, serde::Deserialize, utoipa::ToSchema)]
        #[serde(deny_unknown_fields)]
        pub struct $fields {
            $($(#[$r_meta])* pub $required: $r_type,)*
            $($(#[$d_meta])* #[serde(default)] pub $defaulted: $d_type,)*
            $($($(#[$a_meta])* #[serde(default)] #[schema(value_type = $a_doc)] pub $described: $a_type,)*)?
            $($(#[$o_meta])* pub $optional: Option<$o_type>,)*
        }

        $(#[$changes_outer])*
        #[derive(Clone, Debug, Default, PartialEq, serde::Deserialize, utoipa::ToSchema)]
        #[serde(deny_unknown_fields)]
        pub struct $changes {
            $($(#[$r_meta])* #[serde(default, deserialize_with = "crate::patch::not_null")]
            #[schema(value_type = $r_type, nullable = false)]
            pub $required: crate::Patch<$r_type>,)*
            $($(#[$d_meta])* #[serde(default, deserialize_with = "crate::patch::not_null")]
            #[schema(value_type = $d_type, nullable = false)]
            pub $defaulted: crate::Patch<$d_type>,)*
            $($($(#[$a_meta])* #[serde(default, deserialize_with = "crate::patch::not_null")]
            #[schema(value_type = $a_doc, nullable = false)]
            pub $described: crate::Patch<$a_type>,)*)?
            $($(#[$o_meta])* #[serde(default)]
            #[schema(value_type = Option<$o_type>)]
            pub $optional: crate::Patch<$o_type>,)*
        }

        impl $fields {
            /// With nothing but what must be there.
            #[must_use]
            pub fn new($($required: $r_type),*) -> Self {
                Self {
                    $($required,)*
                    $($defaulted: Default::default(),)*
                    $($($described: Default::default(),)*)?
                    $($optional: None,)*
                }
            }
        }

        impl $changes {
            fn apply(self, fields: &mut $fields) {
                $(self.$required.replace(&mut fields.$required);)*
                $(self.$defaulted.replace(&mut fields.$defaulted);)*
                $($(self.$described.replace(&mut fields.$described);)*)?
                $(self.$optional.change(&mut fields.$optional);)*
            }
        }
    };
}

pub(crate) use fields;
