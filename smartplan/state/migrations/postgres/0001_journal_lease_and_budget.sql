CREATE TABLE event (
    number      BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    at          TEXT NOT NULL,
    run         TEXT NOT NULL,
    kind        TEXT NOT NULL,
    workspace   TEXT NOT NULL,
    environment TEXT NOT NULL,
    name        TEXT,
    round       BIGINT,
    trade_id    BIGINT,
    data        TEXT NOT NULL
);
CREATE INDEX event_by_name ON event (workspace, environment, name, number);
CREATE FUNCTION keep_event() RETURNS trigger LANGUAGE plpgsql AS
$$ BEGIN RAISE EXCEPTION 'events are append-only'; END $$;
CREATE TRIGGER event_is_never_changed BEFORE UPDATE OR DELETE OR TRUNCATE ON event
    FOR EACH STATEMENT EXECUTE FUNCTION keep_event();

CREATE TABLE claim (
    workspace   TEXT NOT NULL,
    environment TEXT NOT NULL,
    name        TEXT NOT NULL,
    round       BIGINT NOT NULL,
    intent      BIGINT NOT NULL REFERENCES event (number),
    PRIMARY KEY (workspace, environment, name, round)
);

CREATE TABLE trade (
    workspace   TEXT NOT NULL,
    environment TEXT NOT NULL,
    name        TEXT NOT NULL,
    round       BIGINT NOT NULL,
    trade_id    BIGINT NOT NULL,
    ended       TEXT,
    applied     TEXT,
    PRIMARY KEY (workspace, environment, name, round)
);

CREATE TABLE changeset (
    id   TEXT PRIMARY KEY,
    used BIGINT NOT NULL REFERENCES event (number)
);

-- The lock of a scope. A row is never deleted: its token has to grow with every holder.
CREATE TABLE lease (
    workspace   TEXT NOT NULL,
    environment TEXT NOT NULL,
    owner       TEXT NOT NULL,
    token       BIGINT NOT NULL,
    since       TIMESTAMPTZ NOT NULL,
    expires     TIMESTAMPTZ NOT NULL,
    PRIMARY KEY (workspace, environment)
);

CREATE TABLE granted (
    api_key TEXT NOT NULL,
    listing INTEGER NOT NULL,
    boot    TEXT NOT NULL,
    tick    DOUBLE PRECISION NOT NULL,
    wall    DOUBLE PRECISION NOT NULL
);
CREATE INDEX granted_by_key ON granted (api_key, tick);

CREATE TABLE refused (
    api_key TEXT NOT NULL,
    status  INTEGER NOT NULL,
    seconds DOUBLE PRECISION NOT NULL,
    boot    TEXT NOT NULL,
    tick    DOUBLE PRECISION NOT NULL,
    wall    DOUBLE PRECISION NOT NULL
);
