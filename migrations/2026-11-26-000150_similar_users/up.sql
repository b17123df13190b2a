-- Who may be shown to others as a similar listener.
CREATE INDEX preferences_findable ON preferences (user_id) WHERE similar_users;
