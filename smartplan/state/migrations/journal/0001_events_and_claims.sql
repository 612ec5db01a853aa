CREATE TABLE event (
    number      INTEGER PRIMARY KEY AUTOINCREMENT,
    at          TEXT NOT NULL,
    run         TEXT NOT NULL,
    kind        TEXT NOT NULL,
    workspace   TEXT NOT NULL,
    environment TEXT NOT NULL,
    name        TEXT,
    round       INTEGER,
    trade_id    INTEGER,
    data        TEXT NOT NULL
);
CREATE INDEX event_by_name ON event (workspace, environment, name, number);
CREATE TRIGGER event_is_never_changed BEFORE UPDATE ON event
BEGIN SELECT RAISE(ABORT, 'events are append-only'); END;
CREATE TRIGGER event_is_never_removed BEFORE DELETE ON event
BEGIN SELECT RAISE(ABORT, 'events are append-only'); END;

CREATE TABLE claim (
    workspace   TEXT NOT NULL,
    environment TEXT NOT NULL,
    name        TEXT NOT NULL,
    round       INTEGER NOT NULL,
    intent      INTEGER NOT NULL REFERENCES event (number),
    PRIMARY KEY (workspace, environment, name, round)
);

CREATE TABLE trade (
    workspace   TEXT NOT NULL,
    environment TEXT NOT NULL,
    name        TEXT NOT NULL,
    round       INTEGER NOT NULL,
    trade_id    INTEGER NOT NULL,
    ended       TEXT,
    applied     TEXT,
    PRIMARY KEY (workspace, environment, name, round)
);

CREATE TABLE changeset (
    id TEXT PRIMARY KEY,
    used INTEGER NOT NULL REFERENCES event (number)
);
