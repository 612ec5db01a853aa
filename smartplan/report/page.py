"""Pages that load nothing and run nothing: the style is inside, and the policy allows it alone."""

from base64 import b64encode
from hashlib import sha256
from importlib.resources import files


def page(package: str, template: str, styles: tuple[tuple[str, str], ...], **values: object) -> str:
    """A page from a template of a package, which may use those that all pages share.

    ``styles`` are packages and their files.

    Everything that others wrote is escaped; the template is given the style and its hash.
    """
    from jinja2 import ChoiceLoader, Environment, PackageLoader, StrictUndefined
    from markupsafe import Markup

    environment = Environment(
        loader=ChoiceLoader([PackageLoader(package), PackageLoader("smartplan.report")]),
        autoescape=True,
        undefined=StrictUndefined,
        keep_trailing_newline=True,
    )
    style = "".join(
        files(whose).joinpath("templates", name).read_text("utf-8") for whose, name in styles
    )
    return environment.get_template(template).render(
        # Our own files, which the hash in the policy is of.
        style=Markup(style),  # noqa: S704
        style_hash=f"sha256-{b64encode(sha256(style.encode()).digest()).decode()}",
        **values,
    )
