//! What the OpenAPI document says of items that are plain text here: nothing has these types, they only name their schemas.

use utoipa::{
    PartialSchema, ToSchema,
    openapi::{KnownFormat, Object, ObjectBuilder, RefOr, Schema, SchemaFormat, Type},
};

use crate::Scope;

/// One line of text with something to be seen in it, as [`crate::line`] checks it.
const LINE: &str = r"^[^\x00-\x1f\x7f-\x9f]*[^\s\x00-\x1f\x7f-\x9f][^\x00-\x1f\x7f-\x9f]*$";

/// A genre as a client writes it.
pub enum GenreName {}

/// Identifiers elsewhere as a client writes them.
pub enum GivenExternalIds {}

/// The name of a scope.
pub enum ScopeName {}

fn text(max: usize, pattern: &str) -> ObjectBuilder {
    ObjectBuilder::new()
        .schema_type(Type::String)
        .min_length(Some(1))
        .max_length(Some(max))
        .pattern(Some(pattern))
}

fn schema(object: impl Into<Object>) -> RefOr<Schema> {
    RefOr::T(Schema::Object(object.into()))
}

impl PartialSchema for GenreName {
    fn schema() -> RefOr<Schema> {
        let about = "A genre of 1 to 60 characters; upper and lower case are one.";
        schema(text(60, LINE).description(Some(about)))
    }
}

impl ToSchema for GenreName {}

impl PartialSchema for GivenExternalIds {
    fn schema() -> RefOr<Schema> {
        let mbid = ObjectBuilder::new()
            .schema_type(Type::String)
            .format(Some(SchemaFormat::KnownFormat(KnownFormat::Uuid)))
            .description(Some("The id at MusicBrainz."));
        let about = "Up to 20 identifiers by scheme, which is a word of a-z, 0-9 and _.";
        let ids = ObjectBuilder::new()
            .property_names(Some(text(32, "^[a-z0-9_]{1,32}$").build()))
            .property("mbid", mbid)
            .additional_properties(Some(schema(text(200, LINE))))
            .max_properties(Some(20))
            .description(Some(about));
        schema(ids)
    }
}

impl ToSchema for GivenExternalIds {}

impl PartialSchema for ScopeName {
    fn schema() -> RefOr<Schema> {
        let names = ObjectBuilder::new()
            .schema_type(Type::String)
            .enum_values(Some(Scope::ALL.map(Scope::name)));
        schema(names)
    }
}

impl ToSchema for ScopeName {}
