//! Which methods a path takes, from the OpenAPI document: for `Allow`, `OPTIONS` and `HEAD`.

use std::{collections::BTreeSet, sync::Arc};

use actix_web::dev::ResourceDef;
use utoipa::openapi::{OpenApi, PathItem};

/// The documented methods of every path; clones share them.
#[derive(Clone)]
pub struct Methods(Arc<[(ResourceDef, Vec<&'static str>)]>);

impl Methods {
    /// The methods of a document's paths. A key of the object store may hold slashes.
    #[must_use]
    pub fn of(document: &OpenApi) -> Self {
        let paths = document.paths.paths.iter().map(|(path, item)| {
            let pattern = match path.trim_end_matches('/') {
                "" => "/".to_owned(),
                path => path.replace("{s3_key}", "{s3_key:.*}"),
            };
            (ResourceDef::new(pattern), documented(item))
        });
        Self(paths.collect())
    }

    /// Whether the path has an operation of its own for `HEAD`.
    pub(crate) fn has_head(&self, path: &str) -> bool {
        self.taken(path).any(|method| method == "HEAD")
    }

    /// What `Allow` says of the path; none when nothing is served there.
    pub(crate) fn allow(&self, path: &str) -> Option<String> {
        let mut taken: BTreeSet<&str> = self.taken(path).collect();
        if taken.is_empty() {
            return None;
        }
        // Whatever can be read can be asked for its headers.
        if taken.contains("GET") {
            taken.insert("HEAD");
        }
        taken.insert("OPTIONS");
        Some(taken.into_iter().collect::<Vec<_>>().join(", "))
    }

    /// The first path that fits: in the document's order `/search` stands before `/{id}`.
    fn taken(&self, path: &str) -> impl Iterator<Item = &'static str> {
        let first = self.0.iter().find(|(pattern, _)| pattern.is_match(path));
        first.into_iter().flat_map(|(_, methods)| methods.iter().copied())
    }
}

fn documented(item: &PathItem) -> Vec<&'static str> {
    let operations = [
        ("GET", &item.get),
        ("HEAD", &item.head),
        ("POST", &item.post),
        ("PUT", &item.put),
        ("PATCH", &item.patch),
        ("DELETE", &item.delete),
    ];
    let there = operations.into_iter().filter(|(_, operation)| operation.is_some());
    there.map(|(method, _)| method).collect()
}
