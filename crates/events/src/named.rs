//! Enums whose values have names, from one list.

/// An enum whose values have a name: the same in JSON, in the database and on the command line.
macro_rules! named {
    (#[doc = $about:literal] $(#[$outer:meta])* pub enum $type:ident { $($(#[$doc:meta])* $value:ident = $name:literal),+ $(,)? }) => {
        #[doc = $about]
        $(#[$outer])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
        #[derive(serde::Serialize, serde::Deserialize, schemars::JsonSchema)]
        pub enum $type {
            $($(#[$doc])* #[serde(rename = $name)] $value),+
        }

        // By hand: the derive does not see names that a macro hands on.
        impl utoipa::PartialSchema for $type {
            fn schema() -> utoipa::openapi::RefOr<utoipa::openapi::Schema> {
                utoipa::openapi::ObjectBuilder::new()
                    .schema_type(utoipa::openapi::Type::String)
                    .description(Some($about.trim()))
                    .enum_values(Some(Self::ALL.map(Self::name)))
                    .into()
            }
        }

        impl utoipa::ToSchema for $type {}

        impl $type {
            /// Every value.
            pub const ALL: [Self; [$($name),+].len()] = [$(Self::$value),+];

            /// Its name.
            #[must_use]
            pub fn name(self) -> &'static str {
                match self {
                    $(Self::$value => $name),+
                }
            }

            /// The value of that name.
            #[must_use]
            pub fn by_name(name: &str) -> Option<Self> {
                Self::ALL.into_iter().find(|value| value.name() == name)
            }
        }

        impl $crate::Name for $type {
            fn name(self) -> &'static str {
                self.name()
            }

            fn by_name(name: &str) -> Option<Self> {
                Self::by_name(name)
            }
        }
    };
}

pub(crate) use named;
