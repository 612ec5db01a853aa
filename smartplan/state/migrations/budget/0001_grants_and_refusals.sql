CREATE TABLE granted (
    api_key TEXT NOT NULL,
    listing INTEGER NOT NULL,
    boot    TEXT NOT NULL,
    tick    REAL NOT NULL,
    wall    REAL NOT NULL
);
CREATE INDEX granted_by_key ON granted (api_key, tick);

CREATE TABLE refused (
    api_key TEXT NOT NULL,
    status  INTEGER NOT NULL,
    seconds REAL NOT NULL,
    boot    TEXT NOT NULL,
    tick    REAL NOT NULL,
    wall    REAL NOT NULL
);
