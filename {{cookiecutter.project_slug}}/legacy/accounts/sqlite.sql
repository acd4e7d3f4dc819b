-- The old accounts system, as it came out of its last export. Nothing in this project alters it.

CREATE TABLE "accounts" (
    "ACRONYM" varchar(20) NOT NULL PRIMARY KEY,
    "ACCOUNTNAME" varchar(75),
    "ACTIVE" bool,
    "DEFAULTCONF" varchar(8),
    "CONTACTEML" varchar(254),
    "CREDITLMT" decimal(9, 2),
    "CRTDATE" datetime,
    "NOTES" text
);

-- Only active accounts are ever looked up by name.
CREATE INDEX "accounts_active_name" ON "accounts" ("ACCOUNTNAME") WHERE "ACTIVE";

INSERT INTO "accounts"
    ("ACRONYM", "ACCOUNTNAME", "ACTIVE", "DEFAULTCONF", "CONTACTEML", "CREDITLMT", "CRTDATE", "NOTES")
VALUES
    ('ESHT', 'European Society of Hydrology and Tides', 1, 'ESHT24', 'office@esht.example', 25000, '2009-03-02 08:15:00', NULL),
    ('SOCBOT', 'Société botanique du Léman', 1, 'BOTANY97', 'secretariat@socbot.example', 1200.5, '2011-11-21 14:40:09', 'Invoices in French.'),
    ('NWPS', 'Northwest Peat Survey', 0, NULL, NULL, NULL, '1998-06-30 00:00:00', 'Closed; archives moved to ESHT.'),
    ('X-TEMP', NULL, NULL, NULL, NULL, NULL, NULL, NULL);
