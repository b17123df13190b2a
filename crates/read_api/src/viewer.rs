//! Who looks, and the catalogue as shown to them: ids in; rows, parents' names, counts and plays out, each kind in one
//! batched query and one call for its plays.

use std::{collections::HashMap, future::Future, pin::Pin};

use access::{Access, MaybeSignedIn, Principal};
use actix_web::{FromRequest, HttpMessage as _, HttpRequest, dev::Payload, web::Data};
use domain::Sight;
use events::{Role, Trace};
use http_kit::{Error, RequestContext};
use representations::plays_or_none;
use store::{Reader, StoreError};
use uuid::Uuid;

use crate::{
    by_id::{ById, CatalogueReplica},
    catalogue_item::CatalogueItem,
    queries::{Plays, Queries},
};

/// Anybody who looks at the catalogue, and the handles to look through. A bad token is refused.
pub struct Viewer {
    pub queries: Data<Queries>,
    /// Keys of stream addresses.
    pub access: Data<Access>,
    /// Who it is, when a token was sent.
    pub by: Option<Principal>,
    /// Whether a replica may answer: not where the request has a token of consistency, and not who may change the catalogue.
    pub(crate) may_lag: bool,
    /// What an event of this look carries.
    pub(crate) trace: Trace,
}

impl FromRequest for Viewer {
    type Error = Error;
    type Future = Pin<Box<dyn Future<Output = Result<Self, Error>>>>;

    fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let by = MaybeSignedIn::from_request(request, payload);
        let queries = request.app_data::<Data<Queries>>().cloned();
        let access = request.app_data::<Data<Access>>().cloned();
        let request = request.clone();
        Box::pin(async move {
            let MaybeSignedIn(by) = by.await?;
            http_kit::check_query(&request)?;
            let (Some(queries), Some(access)) = (queries, access) else {
                return Err(Error::defect("the application wired no Queries or no Access"));
            };
            let (has_token, trace) = context(&request);
            let may_write = by.is_some_and(|by| by.role != Role::Listener);
            Ok(Self {
                may_lag: !has_token && !may_write,
                queries,
                access,
                by,
                trace,
            })
        })
    }
}

/// Whether the request has a token of consistency, and its trace.
fn context(request: &HttpRequest) -> (bool, Trace) {
    let extensions = request.extensions();
    let context = extensions.get::<RequestContext>();
    let of = |context: &RequestContext| (context.consistency.wanted.is_some(), context.trace.carried.clone());
    context.map(of).unwrap_or_default()
}

impl Viewer {
    /// The same handles, with nobody who looks.
    pub(crate) fn as_nobody(&self) -> Self {
        Self {
            queries: self.queries.clone(),
            access: self.access.clone(),
            by: None,
            may_lag: self.may_lag,
            trace: self.trace.clone(),
        }
    }

    /// What queries filter by.
    pub(crate) fn sight(&self) -> Sight {
        self.by.map(|by| by.sight()).unwrap_or_default()
    }

    /// The replica, where there is one and this look may be answered by it.
    pub(crate) fn replica(&self) -> Option<&CatalogueReplica> {
        self.queries.replica.as_ref().filter(|_| self.may_lag)
    }

    /// Reads what everybody sees: from the replica where it is fit, else from the primary.
    pub(crate) async fn read<T>(
        &self,
        read: impl AsyncFn(&Reader, &ById) -> Result<T, StoreError>,
    ) -> Result<T, StoreError> {
        if let Some(there) = self.replica().filter(|there| there.replica.is_fit()) {
            let reader = there.replica.reader();
            let silent = |_| Err(StoreError::Unavailable("no answer in time".to_owned()));
            let found = tokio::time::timeout(reader.limit(), read(reader, &there.by_id)).await;
            match found.unwrap_or_else(silent) {
                Ok(found) => return Ok(found),
                Err(error) => there.replica.failed(&error),
            }
        }
        read(&self.queries.reader, &self.queries.by_id).await
    }

    /// Things by id, in the order asked for; what is not there is left out.
    pub(crate) async fn by_ids<S: CatalogueItem>(&self, ids: &[Uuid]) -> Result<Vec<S>, Error> {
        let found = self.read(async |_, by_id| S::looked_up(by_id).of(ids).await).await?;
        let known = ids.iter().filter_map(|id| found.get(id));
        Ok(known
            .map(|(view, plays)| S::shown(view.clone(), *plays, self))
            .collect())
    }

    /// Things by id; ids may repeat.
    pub(crate) async fn map_of<S: CatalogueItem>(&self, ids: &[Uuid]) -> Result<HashMap<Uuid, S>, Error> {
        let mut ids = ids.to_vec();
        ids.sort_unstable();
        ids.dedup();
        let shown = self.by_ids::<S>(&ids).await?;
        Ok(shown.into_iter().map(|item| (item.id(), item)).collect())
    }

    /// The thing of that id, or 404. One that was taken down is shown to its owner and to admins.
    pub(crate) async fn one<S: CatalogueItem>(&self, id: S::Id) -> Result<S, Error> {
        let of: Uuid = id.into();
        if let Some(found) = self.by_ids::<S>(&[of]).await?.pop() {
            return Ok(found);
        }
        // A replica may not have it yet.
        if self.replica().is_some()
            && let Some((view, plays)) = S::looked_up(&self.queries.by_id).of(&[of]).await?.get(&of)
        {
            return Ok(S::shown(view.clone(), *plays, self));
        }
        let down = match self.by {
            Some(by) => S::taken_down(&self.queries.reader, id, by.sight()).await?,
            None => None,
        };
        let view = down.ok_or_else(|| Error::not_found(S::KIND.name()))?;
        let shown = self.shown(vec![view]).await.pop();
        shown.ok_or_else(|| Error::not_found(S::KIND.name()))
    }

    /// What was read already, with its plays.
    pub(crate) async fn shown<S: CatalogueItem>(&self, views: Vec<S::View>) -> Vec<S> {
        let ids: Vec<Uuid> = views.iter().map(S::id_of).collect();
        let plays = plays_or_none(&Plays(self.queries.counters.clone()), S::KIND, &ids).await;
        let views = views.into_iter().zip(plays);
        views.map(|(view, plays)| S::shown(view, plays, self)).collect()
    }
}
