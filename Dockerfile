# syntax=docker/dockerfile:1
# Jonquil's one binary. Built from source, run as an ordinary user; which role it plays is its command.

FROM rust:1.95.0-bookworm AS build
WORKDIR /src
COPY . .
# The caches stay with the builder, so that a change to one crate does not compile its 480 dependencies again.
RUN --mount=type=cache,target=/usr/local/cargo/registry \
    --mount=type=cache,target=/src/target \
    cargo build --release --locked --package jonquil \
    && cp target/release/jonquil /usr/local/bin/jonquil

# The page. Its packages are those of package-lock.json.
FROM node:20.20.2-bookworm-slim AS page
WORKDIR /src/web
COPY web/package.json web/package-lock.json ./
RUN --mount=type=cache,target=/root/.npm npm ci --no-audit --no-fund
COPY web ./
RUN npm run build

FROM debian:12.12-slim
RUN apt-get update \
    && apt-get install --yes --no-install-recommends ca-certificates libssl3 \
    && rm -rf /var/lib/apt/lists/* \
    && useradd --system --uid 10001 --no-create-home --shell /usr/sbin/nologin jonquil
COPY --from=build /usr/local/bin/jonquil /usr/local/bin/jonquil
COPY --from=page /src/web/dist /usr/local/share/jonquil/web
ENV JONQUIL_WEB_DIR=/usr/local/share/jonquil/web
USER jonquil
# 8080: the HTTP API. 9090: metrics, not for the public.
EXPOSE 8080 9090
# Stopping drains in two stages; compose and Kubernetes should give it 30 s.
STOPSIGNAL SIGTERM
ENTRYPOINT ["jonquil"]
CMD ["run"]
