"""Takes the README's screenshots anew: ``python -m tests.screenshots docs``.

They show the default project after a legacy database has been adopted, as its owner would see it.
"""

import sqlite3
import sys
from pathlib import Path
from tempfile import TemporaryDirectory

from selenium.webdriver.remote.webdriver import WebDriver

from .browser import chromium, log_in
from .commands import manage, serve
from .rendering import DEFAULTS, copy_template, render

WIDTH = 1060  # pixels
PAGES = (("start-page.png", "/", 960), ("admin.png", "/admin/library/copy/?q=A2", 560))
LIBRARY = """
create table tblAuthor (AuthorID integer primary key, Name nvarchar(60) not null, Born int);
create table tblBook (ISBN char(13) primary key, Title nvarchar(120) not null, AuthorID int not null
    references tblAuthor, Year int, Cover blob);
create table tblCopy (ISBN char(13) not null references tblBook, CopyNo int not null, Shelf varchar(8),
    primary key (ISBN, CopyNo));
create table tblLoan (LoanID integer primary key, ISBN char(13) not null references tblBook,
    Reader varchar(40) not null, Due date);
create view vwOverdue as select ISBN, Reader, Due from tblLoan where Due < '2020-02-01';
insert into tblAuthor values (1, 'Mary Shelley', 1797), (2, 'Jules Verne', 1828), (3, 'Ada Lovelace', 1815);
insert into tblBook values ('9780141439471', 'Frankenstein', 1, 1818, zeroblob(900)),
    ('9780553213973', 'The Last Man', 1, 1826, null), ('9780140449068', 'Around the World', 2, 1872, null),
    ('9780199539277', 'Twenty Thousand Leagues', 2, 1870, null), ('9780262526500', 'Notes', 3, 1843, null);
insert into tblCopy select ISBN, n, 'A' || n from tblBook, (select 1 n union select 2 union select 3);
with recursive days(n) as (select 1 union all select n + 1 from days where n < 640)
    insert into tblLoan select n, (select ISBN from tblBook where rowid % 5 = n % 5),
        'reader ' || (n % 90), date('2020-01-01', n || ' days') from days;
"""


def take(docs: Path) -> list[Path]:
    """Makes a project, adopts a database, and looks at its start page and its admin."""
    with TemporaryDirectory() as folder:
        home = Path(folder)
        project = render(DEFAULTS, home / "project", copy_template(home / "clone"))
        with sqlite3.connect(home / "library.sqlite3") as connection:
            connection.executescript(LIBRARY)
        connection.close()
        manage(project, "bootstrap")
        manage(project, "adopt_legacy", "library", "--database", str(home / "library.sqlite3"))
        user = ("--username", "ada", "--email", "ada@example.com")
        env = {"DJANGO_SUPERUSER_PASSWORD": "screenshot"}
        manage(project, "createsuperuser", "--noinput", *user, env=env)
        made = []
        with serve(project) as port, chromium(home / "browser", "--hide-scrollbars") as browser:
            here = f"http://localhost:{port}"
            log_in(browser, here, "ada", "screenshot")
            for name, address, height in PAGES:
                resize(browser, WIDTH, height)
                browser.get(here + address)
                made.append(docs / name)
                browser.save_screenshot(str(docs / name))
        return made


def resize(browser: WebDriver, width: int, height: int) -> None:
    """Gives the page itself this size, whatever the window has around it."""
    browser.set_window_size(width, height)
    inner = browser.execute_script("return [window.innerWidth, window.innerHeight]")
    browser.set_window_size(2 * width - inner[0], 2 * height - inner[1])


if __name__ == "__main__":
    for path in take(Path(sys.argv[1])):
        print(path)
