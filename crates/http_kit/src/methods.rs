//! Which methods a path takes and which parameters their queries have, from the OpenAPI document.

use std::{collections::BTreeSet, sync::Arc};

use actix_web::{HttpMessage as _, HttpRequest, dev::ResourceDef, http::Method};
use utoipa::openapi::{
    OpenApi, PathItem,
    path::{Operation, ParameterIn},
    security::SecurityRequirement,
};

use crate::{Error, FaultCode, FieldError, Reads, words};

const KEY: &str = "{s3_key}";
/// Faults of one query that are named.
const MAX_FAULTS: usize = 10;

/// The documented operations of every path; clones share them.
#[derive(Clone)]
pub struct Methods(Arc<[(ResourceDef, Vec<Documented>)]>);

/// What the document says of an operation.
struct Documented {
    method: &'static str,
    /// Names of its query parameters.
    query: Vec<String>,
    /// Nobody has to sign in, and no token is looked at.
    is_open: bool,
    /// Read models that its answer comes from.
    reads: Vec<Reads>,
}

/// What is wrong with the query string of a request.
pub(crate) struct QueryFault {
    pub(crate) error: Error,
    /// Nobody has to sign in for this operation, so nothing comes before the fault.
    pub(crate) is_open: bool,
}

/// 422 for parameters that the operation does not have, or that were given twice. Extractors ask once it is known who may.
pub fn check_query(request: &HttpRequest) -> Result<(), Error> {
    match request.extensions().get::<QueryFault>() {
        Some(fault) => Err(fault.error.clone()),
        None => Ok(()),
    }
}

impl Methods {
    /// The operations of a document's paths. A key of the object store may hold slashes.
    #[must_use]
    pub fn of(document: &OpenApi) -> Self {
        // A key takes whatever follows, so paths that end with one come after those that go on.
        let (keys, others): (Vec<_>, Vec<_>) = document.paths.paths.iter().partition(|(path, _)| path.ends_with(KEY));
        let paths = others.into_iter().chain(keys).map(|(path, item)| {
            let pattern = match path.trim_end_matches('/') {
                "" => "/".to_owned(),
                path => path.replace(KEY, "{s3_key:.*}"),
            };
            (ResourceDef::new(pattern), documented(item))
        });
        Self(paths.collect())
    }

    /// Whether the path has an operation of its own for `HEAD`.
    pub(crate) fn has_head(&self, path: &str) -> bool {
        self.taken(path).iter().any(|operation| operation.method == "HEAD")
    }

    /// What `Allow` says of the path; none when nothing is served there.
    pub(crate) fn allow(&self, path: &str) -> Option<String> {
        let mut taken: BTreeSet<&str> = self.taken(path).iter().map(|operation| operation.method).collect();
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

    /// What is wrong with the names in a query string, or, as `of_header`, with a header that every operation takes. The
    /// root takes any parameter: links to a home page often carry some.
    pub(crate) fn fault(
        &self,
        method: &Method,
        path: &str,
        query: &str,
        of_header: Option<Error>,
    ) -> Option<QueryFault> {
        if path == "/" || (query.is_empty() && of_header.is_none()) {
            return None;
        }
        let operation = self.operation(method, path)?;
        let errors = faults(query, &operation.query);
        let of_query = (!errors.is_empty()).then(|| Error::invalid_fields(errors));
        Some(QueryFault {
            error: of_query.or(of_header)?,
            is_open: operation.is_open,
        })
    }

    /// Which read models the answer comes from.
    #[must_use]
    pub fn reads(&self, method: &Method, path: &str) -> &[Reads] {
        let operation = self.operation(method, path);
        operation.map_or(&[], |operation| &operation.reads)
    }

    fn operation(&self, method: &Method, path: &str) -> Option<&Documented> {
        let mut operations = self.taken(path).iter();
        operations.find(|operation| operation.method == method.as_str())
    }

    /// Those of the first path that fits: in the document's order `/search` stands before `/{id}`.
    fn taken(&self, path: &str) -> &[Documented] {
        let first = self.0.iter().find(|(pattern, _)| pattern.is_match(path));
        first.map_or(&[], |(_, operations)| operations)
    }
}

fn faults(query: &str, known: &[String]) -> Vec<FieldError> {
    let known: Vec<&str> = known.iter().map(String::as_str).collect();
    let (mut seen, mut faults) = (BTreeSet::new(), Vec::new());
    for (name, _) in form_urlencoded::parse(query.as_bytes()) {
        let (message, code) = if !known.contains(&&*name) {
            (words::not_known(&name, &known, "parameter"), FaultCode::Unknown)
        } else if seen.contains(&*name) {
            ("must be given once".to_owned(), FaultCode::Repeated)
        } else {
            seen.insert(name.into_owned());
            continue;
        };
        faults.push(words::fault_of(&name, message, code));
        if faults.len() == MAX_FAULTS {
            break;
        }
    }
    faults
}

fn documented(item: &PathItem) -> Vec<Documented> {
    let operations = [
        ("GET", &item.get),
        ("HEAD", &item.head),
        ("POST", &item.post),
        ("PUT", &item.put),
        ("PATCH", &item.patch),
        ("DELETE", &item.delete),
    ];
    let there = operations.into_iter();
    let there = there.filter_map(|(method, operation)| Some((method, operation.as_ref()?)));
    let documented = |(method, operation): (&'static str, &Operation)| Documented {
        method,
        query: query_names(operation),
        reads: Reads::of(operation),
        is_open: operation.security.as_deref() == Some(&[SecurityRequirement::default()]),
    };
    there.map(documented).collect()
}

fn query_names(operation: &Operation) -> Vec<String> {
    let parameters = operation.parameters.iter().flatten();
    let of_query = parameters.filter(|parameter| matches!(parameter.parameter_in, ParameterIn::Query));
    of_query.map(|parameter| parameter.name.clone()).collect()
}
