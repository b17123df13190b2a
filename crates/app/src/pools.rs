//! How the Postgres connections of a process are shared: their sum is never more than there may be.

use crate::Config;

/// The relay's, for its lead, and the one that holds the name of the process.
const LOCKS: usize = 2;
/// Least for jobs: one works while another one renews its lease.
const MIN_JOBS: usize = 2;
/// Least of a process: those of its locks, those of jobs, and one each for commands and queries of one worker.
pub(crate) const MIN: usize = LOCKS + MIN_JOBS + 2;

/// Connections of each pool; of the API's, for each of its workers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Pools {
    pub(crate) jobs: usize,
    /// Fewer than wanted where there are too few connections.
    pub(crate) workers: usize,
    pub(crate) commands: usize,
    pub(crate) queries: usize,
}

impl Pools {
    /// As if every role ran in this process: a process that has fewer roles has connections to spare.
    pub(crate) fn of(config: &Config) -> Self {
        Self::new(config.store.connections, config.http_workers, config.job_concurrency)
    }

    fn new(connections: usize, workers: usize, job_concurrency: usize) -> Self {
        let jobs = (2 * job_concurrency + 1).min((connections / 3).max(MIN_JOBS));
        let of_api = connections.saturating_sub(LOCKS + jobs);
        let workers = workers.min(of_api / 2).max(1);
        let each = of_api / workers;
        Self {
            jobs,
            workers,
            commands: each / 2,
            queries: each - each / 2,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{LOCKS, MIN, MIN_JOBS, Pools};

    #[test]
    fn a_process_never_has_more_connections_than_it_may() {
        for connections in MIN..100 {
            for workers in [1, 2, 3, 8, 64, 256] {
                for jobs in [1, 4, 64] {
                    let pools = Pools::new(connections, workers, jobs);
                    let all = LOCKS + pools.jobs + pools.workers * (pools.commands + pools.queries);
                    assert!(all <= connections, "{connections} for {workers}: {pools:?}");
                    let least = pools.workers.min(pools.commands).min(pools.queries);
                    assert!(least >= 1 && pools.jobs >= MIN_JOBS, "{pools:?}");
                }
            }
        }
    }
}
