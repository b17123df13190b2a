//! The tables as diesel sees them, by hand; a test compares them with the database's own description.

/// Postgres' 64-bit transaction id.
#[derive(diesel::sql_types::SqlType, diesel::query_builder::QueryId)]
#[diesel(postgres_type(name = "xid8"))]
pub struct Xid8;

diesel::table! {
    users (id) {
        id -> Uuid, listener_id -> Uuid, username -> Text, display_name -> Text, email -> Text, email_verified -> Bool,
        password_hash -> Text, role -> Text, is_active -> Bool, version -> BigInt, created_at -> Timestamptz,
        updated_at -> Timestamptz, private_until -> Nullable<Timestamptz>,
    }
}

diesel::table! {
    favourites (user_id, kind, id) { user_id -> Uuid, kind -> Text, id -> Uuid, added_at -> Timestamptz, }
}

diesel::table! {
    following (user_id, artist_id) { user_id -> Uuid, artist_id -> Uuid, followed_at -> Timestamptz, }
}

diesel::table! {
    play_queues (user_id) {
        user_id -> Uuid, track_ids -> Array<Uuid>, place -> BigInt, position_ms -> BigInt, repeat -> Text,
        shuffle -> Bool, updated_at -> Timestamptz, version -> BigInt,
    }
}

diesel::table! {
    preferences (user_id) {
        user_id -> Uuid, similar_users -> Bool, hidden_track_ids -> Array<Uuid>, hidden_artist_ids -> Array<Uuid>,
        version -> BigInt,
    }
}

diesel::table! {
    hidden_listens (user_id, event_id) { user_id -> Uuid, event_id -> Uuid, }
}

diesel::table! {
    second_factors (user_id) {
        user_id -> Uuid, nonce -> Bytea, is_confirmed -> Bool, last_step -> BigInt, recovery -> Array<Bytea>,
    }
}

diesel::table! {
    one_time_links (mac) {
        mac -> Bytea, user_id -> Uuid, email -> Text, purpose -> Text, expires_at -> Timestamptz,
    }
}

diesel::table! {
    sessions (id) {
        id -> Uuid, user_id -> Uuid, created_at -> Timestamptz, generation -> BigInt, turned_at -> Timestamptz,
        user_agent -> Nullable<Text>,
    }
}

diesel::table! {
    sign_in_addresses (user_id, address) { user_id -> Uuid, address -> Text, signed_in_at -> Timestamptz, }
}

diesel::table! {
    api_keys (id) {
        id -> Uuid, user_id -> Uuid, name -> Text, scopes -> Array<Text>, mac -> Bytea, created_at -> Timestamptz,
        expires_at -> Nullable<Timestamptz>, last_used_at -> Nullable<Timestamptz>,
    }
}

diesel::table! {
    login_failures (id) { id -> BigInt, account -> Text, address -> Text, failed_at -> Timestamptz, }
}

diesel::table! {
    artists (id) {
        id -> Uuid, name -> Text, name_key -> Text, bio -> Nullable<Text>, country -> Nullable<Text>,
        genres -> Array<Text>, user_id -> Nullable<Uuid>, external_ids -> Jsonb, created_by -> Nullable<Uuid>,
        version -> BigInt, created_at -> Timestamptz, updated_at -> Timestamptz, deleted_at -> Nullable<Timestamptz>,
        cover_key -> Nullable<Text>,
    }
}

diesel::table! {
    albums (id) {
        id -> Uuid, artist_id -> Uuid, title -> Text, title_key -> Text, album_type -> Text,
        release_date -> Nullable<Date>, genres -> Array<Text>, cover_key -> Nullable<Text>, external_ids -> Jsonb,
        created_by -> Nullable<Uuid>, version -> BigInt, created_at -> Timestamptz, updated_at -> Timestamptz,
        deleted_at -> Nullable<Timestamptz>,
    }
}

diesel::table! {
    tracks (id) {
        id -> Uuid, artist_id -> Uuid, album_id -> Nullable<Uuid>, title -> Text, duration_ms -> Nullable<BigInt>,
        track_number -> Nullable<SmallInt>, disc_number -> Nullable<SmallInt>, genres -> Array<Text>,
        explicit -> Bool, external_ids -> Jsonb, audio_key -> Nullable<Text>, audio_sha256 -> Nullable<Text>,
        audio -> Nullable<Jsonb>, cover_key -> Nullable<Text>, created_by -> Nullable<Uuid>, version -> BigInt,
        created_at -> Timestamptz, updated_at -> Timestamptz,
    }
}

diesel::table! {
    album_credits (album_id, position) {
        album_id -> Uuid, position -> SmallInt, artist_id -> Uuid, role -> Text, credited_as -> Nullable<Text>,
        join_phrase -> Nullable<Text>,
    }
}

diesel::table! {
    track_credits (track_id, position) {
        track_id -> Uuid, position -> SmallInt, artist_id -> Uuid, role -> Text, credited_as -> Nullable<Text>,
        join_phrase -> Nullable<Text>,
    }
}

diesel::table! {
    objects (key) {
        key -> Text, kind -> Text, owner_id -> Nullable<Uuid>, size_bytes -> BigInt, sha256 -> Text,
        content_type -> Text, etag -> Nullable<Text>, audio -> Nullable<Jsonb>, duration_ms -> Nullable<BigInt>,
        created_at -> Timestamptz, stored_at -> Nullable<Timestamptz>, unused_since -> Timestamptz,
    }
}

diesel::table! {
    waveforms (key) { key -> Text, peaks -> Nullable<Bytea>, refused -> Nullable<Text>, }
}

diesel::table! {
    use diesel::sql_types::{BigInt, Bytea, Integer, Jsonb, Nullable, Text, Timestamptz};
    use super::Xid8;
    outbox (id) {
        id -> BigInt, tx -> Xid8, topic -> Text, key -> Text, sequence -> Nullable<BigInt>, payload -> Bytea,
        headers -> Jsonb, published_at -> Nullable<Timestamptz>, kafka_partition -> Nullable<Integer>,
        kafka_offset -> Nullable<BigInt>,
    }
}

diesel::table! {
    outbox_refused (id) {
        id -> BigInt, topic -> Text, key -> Text, sequence -> Nullable<BigInt>, payload -> Bytea, headers -> Jsonb,
        reason -> Text, refused_at -> Timestamptz,
    }
}

diesel::table! {
    relay_leader (only_one) { only_one -> Bool, instance -> Text, left_at -> Nullable<Timestamptz>, }
}

diesel::table! {
    jobs (id) {
        id -> Uuid, kind -> Text, key -> Nullable<Text>, arguments -> Jsonb, created_by -> Nullable<Uuid>,
        cancellable -> Bool, status -> Text, run_at -> Timestamptz, worker -> Nullable<Text>, fence -> BigInt,
        tries -> Integer, cancel -> Bool, cursor -> Nullable<Jsonb>, done -> BigInt, total -> Nullable<BigInt>,
        claimed_at -> Nullable<Timestamptz>, claimed_done -> BigInt, result -> Nullable<Jsonb>,
        refusal -> Nullable<Text>, last_error -> Nullable<Text>, created_at -> Timestamptz,
        finished_at -> Nullable<Timestamptz>, again -> Bool, traceparent -> Nullable<Text>,
    }
}

diesel::table! {
    use diesel::sql_types::{Bytea, Nullable, SmallInt, Text, Timestamptz, Uuid};
    use super::Xid8;
    idempotency_keys (user_id, route, key) {
        user_id -> Uuid, route -> Text, key -> Text, request -> Bytea, status -> SmallInt, etag -> Nullable<Text>,
        body -> Bytea, tx -> Xid8, created_at -> Timestamptz,
    }
}

diesel::table! {
    dead_letters (id) {
        id -> Uuid, projector -> Text, topic -> Text, kafka_partition -> Integer, kafka_offset -> BigInt,
        event_type -> Nullable<Text>, reason -> Text, error -> Text, key -> Nullable<Bytea>,
        payload -> Nullable<Bytea>, failed_at -> Timestamptz, times -> Integer, letter_offset -> BigInt,
        replayed_at -> Nullable<Timestamptz>,
    }
}

diesel::table! {
    dead_letter_positions (kafka_partition) { kafka_partition -> Integer, next -> BigInt, }
}

diesel::table! {
    schedules (kind) { kind -> Text, next_at -> Timestamptz, cron -> Text, }
}

diesel::table! {
    playlists (id) {
        id -> Uuid, owner_id -> Uuid, title -> Text, description -> Nullable<Text>, visibility -> Text,
        tracks_count -> BigInt, duration_ms -> BigInt, version -> BigInt, created_at -> Timestamptz,
        updated_at -> Timestamptz,
    }
}

diesel::table! {
    playlist_items (id) {
        id -> Uuid, playlist_id -> Uuid, rank -> BigInt, track_id -> Uuid, title -> Text,
        duration_ms -> Nullable<BigInt>, added_by -> Nullable<Uuid>, added_at -> Timestamptz,
    }
}

diesel::table! {
    takedowns (id) {
        id -> Uuid, kind -> Text, reason -> Text, taken_down_at -> Timestamptz, taken_down_by -> Nullable<Uuid>,
    }
}

diesel::table! {
    reports (id) {
        id -> Uuid, kind -> Text, work_id -> Uuid, reason -> Text, reported_by -> Nullable<Uuid>,
        created_at -> Timestamptz, resolved_at -> Nullable<Timestamptz>, action -> Nullable<Text>,
        answer -> Nullable<Text>, resolved_by -> Nullable<Uuid>,
    }
}

diesel::table! {
    webhooks (id) {
        id -> Uuid, user_id -> Nullable<Uuid>, created_by -> Nullable<Uuid>, url -> Text, description -> Nullable<Text>,
        types -> Array<Text>, nonce -> Bytea, old_nonces -> Array<Bytea>, old_until -> Array<Timestamptz>,
        is_paused -> Bool, paused_because -> Nullable<Text>, times_away -> Integer, rests_until -> Nullable<Timestamptz>,
        succeeded_at -> Nullable<Timestamptz>, version -> BigInt, created_at -> Timestamptz, updated_at -> Timestamptz,
    }
}

diesel::table! {
    webhook_deliveries (id) {
        id -> Uuid, webhook_id -> Uuid, event_id -> Uuid, event_type -> Text, body -> Bytea, status -> Text,
        tries -> Integer, next_at -> Nullable<Timestamptz>, first_tried_at -> Nullable<Timestamptz>,
        tried_at -> Nullable<Timestamptz>, answer_status -> Nullable<Integer>, answer -> Nullable<Text>,
        created_at -> Timestamptz,
    }
}

diesel::table! {
    webhook_positions (topic, kafka_partition) { topic -> Text, kafka_partition -> Integer, next -> BigInt, }
}

diesel::table! {
    webhook_deletions (id, user_id) { id -> Uuid, user_id -> Uuid, deleted_at -> Timestamptz, }
}

diesel::allow_tables_to_appear_in_same_query!(users, playlists, playlist_items);
diesel::allow_tables_to_appear_in_same_query!(users, one_time_links);
diesel::allow_tables_to_appear_in_same_query!(users, webhooks);
diesel::joinable!(playlists -> users (owner_id));
diesel::allow_tables_to_appear_in_same_query!(
    users,
    sessions,
    api_keys,
    following,
    artists,
    albums,
    tracks,
    album_credits,
    track_credits
);
diesel::joinable!(tracks -> artists (artist_id));
diesel::joinable!(tracks -> albums (album_id));
diesel::joinable!(albums -> artists (artist_id));
diesel::joinable!(sessions -> users (user_id));
diesel::joinable!(api_keys -> users (user_id));
diesel::joinable!(following -> artists (artist_id));
