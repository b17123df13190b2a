//! SQL that the query builder has no words for.

use std::marker::PhantomData;

use diesel::{
    expression::{AppearsOnTable, Expression, SelectableExpression, ValidGrouping, is_aggregate},
    pg::Pg,
    prelude::*,
    query_builder::{AstPass, Query, QueryFragment, QueryId},
    sql_types::{SingleValue, SqlType},
};

/// A part of a query that never changes. Unlike `diesel::dsl::sql` it lets the statement be prepared once a connection,
/// not once a query.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Fixed<ST> {
    text: &'static str,
    sql_type: PhantomData<ST>,
}

/// An expression of this type. What it names must be in the query.
pub(crate) fn fixed<ST>(text: &'static str) -> Fixed<ST> {
    Fixed {
        text,
        sql_type: PhantomData,
    }
}

impl<ST: SqlType + SingleValue> Expression for Fixed<ST> {
    type SqlType = ST;
}

impl<ST> QueryFragment<Pg> for Fixed<ST> {
    fn walk_ast<'b>(&'b self, mut out: AstPass<'_, 'b, Pg>) -> QueryResult<()> {
        out.push_sql(self.text);
        Ok(())
    }
}

/// By its text.
impl<ST> QueryId for Fixed<ST> {
    type QueryId = ();
    const HAS_STATIC_QUERY_ID: bool = false;
}

impl<ST, QS> SelectableExpression<QS> for Fixed<ST> where Self: Expression {}
impl<ST, QS> AppearsOnTable<QS> for Fixed<ST> where Self: Expression {}

impl<ST, GB> ValidGrouping<GB> for Fixed<ST> {
    type IsAggregate = is_aggregate::Never;
}

/// A `diesel::sql_query` whose text is always the same, for statements that run all the time: it is prepared once a
/// connection. Diesel prepares each `sql_query` anew and throws it away, two round trips more.
pub(crate) struct PreparedOnce<Q>(pub(crate) Q);

impl<Q: QueryFragment<Pg>> QueryFragment<Pg> for PreparedOnce<Q> {
    fn walk_ast<'b>(&'b self, out: AstPass<'_, 'b, Pg>) -> QueryResult<()> {
        self.0.walk_ast(out)
    }

    fn is_safe_to_cache_prepared(&self, _: &Pg) -> QueryResult<bool> {
        Ok(true)
    }
}

/// By its text.
impl<Q> QueryId for PreparedOnce<Q> {
    type QueryId = ();
    const HAS_STATIC_QUERY_ID: bool = false;
}

impl<Q: Query> Query for PreparedOnce<Q> {
    type SqlType = Q::SqlType;
}
