//! The edge that both HTTP sides share: problems, bodies, pages, versions, and how operations are registered.
//!
//! It owns what every answer has in common. It must not know who calls, what a command or a query does, or any engine; of
//! `store` and `domain` it knows their errors, to answer them.

mod ambient;
mod answers;
mod body;
mod browsers;
mod client;
mod connections;
mod consistency;
mod edge;
mod framing;
mod in_turn;
mod limiter;
mod methods;
mod operations;
mod pace;
mod page;
mod pieces;
mod problem;
mod problem_sets;
mod problem_type;
mod site;
mod unavailable;
mod version;
mod whole;
mod words;

pub use ambient::Ambient;
pub use answers::{Answers, Kept, count_answer};
pub use body::{Body, FromForm, FromQuery, Id, Ids, MAX_BODY, from_json, not_encoded};
pub use browsers::{NotAnOrigin, Origins};
pub use client::{ClientAddress, Proxies};
pub use connections::{Connected, Connections};
pub use consistency::{Consistency, ConsistencyToken, NotAToken, document_consistency};
pub use edge::{EdgeConfig, RequestContext, edge, not_found};
pub use in_turn::{InTurn, Turn};
pub use limiter::{Action, Limiter, Permit, Who};
pub use methods::{Methods, check_query};
pub use operations::{Listed, MayCall, Needed, Reads, document_operations, needed_scope};
pub use pace::{Pace, paced};
pub use page::{History, Limit, Page, PageQuery, Paging, limit};
pub use pieces::PIECE_BYTES;
pub use problem::{Error, FaultCode, FieldError, PROBLEM_JSON, Problem};
pub use problem_sets::{
    AdminCommandProblems, AdminListProblems, ByIdProblems, ChangeProblems, ChildrenProblems, CommandByIdProblems,
    CommandProblems, ConflictProblem, CreateProblems, DeleteProblems, InvalidProblem, ListProblems, NotModified,
    RangeProblem, ReadProblems, RegisterProblems, SelfProblems, SignInProblems, StaleProblem, TooManyProblem,
    UnavailableProblem, UnknownProblem,
};
pub use problem_type::{AboutProblem, ProblemType};
pub use site::{base_url, is_encrypted};
pub use version::{IfMatch, Versioned, is_known};
pub use whole::Whole;
pub use words::{invalid_json, unknown_field};
