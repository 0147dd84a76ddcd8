"""Published addresses: small site trees with their own configuration, and the addresses their generators built.

The trees of MkDocs 1.6, VitePress 1.6, Starlight 0.42 and Hugo 0.161 were built with those; the addresses are from
their site maps. Docusaurus's are held against its plugin in test_anchors.py; here is what its configuration adds.
"""

from collections.abc import Mapping
from pathlib import Path
from urllib.parse import unquote

from athenaeum.documents.sites import Site, detect_site


def write(root: Path, files: Mapping[str, str]) -> None:
    for name, text in files.items():
        file = root / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, encoding="utf-8")


def check(site: Site, base: str, wanted: Mapping[str, str | tuple[str, Mapping[str, object]]]) -> None:
    made = {}
    for path in wanted:
        value = wanted[path]
        front = value[1] if isinstance(value, tuple) else {}
        made[path] = unquote(site.page_url(path, front)).removeprefix(base)
    assert made == {path: value[0] if isinstance(value, tuple) else value for path, value in wanted.items()}


def test_mkdocs(tmp_path: Path) -> None:
    config = "site_name: Real\nsite_url: https://m.example.dev/base/\ndocs_dir: pages\n"
    write(tmp_path, {"mkdocs.yml": config.replace("m.example.dev", "m.test.dev"), "pages/index.md": "# x"})
    site = detect_site([tmp_path / "pages"])
    assert (site.dialect, site.name, site.url) == ("mkdocs", "Real", "https://m.test.dev/base/")
    check(
        site,
        "https://m.test.dev/base/",
        {
            "index.md": "",
            "Readme.md": "Readme/",
            "a+b&c.md": "a+b&c/",
            "guide/README.md": "guide/",
            "guide/Install_It.md": "guide/Install_It/",
            "guide/with space.md": "guide/with space/",
            "other/readme.md": "other/readme/",
            "sub/deep/x.y.md": "sub/deep/x.y/",
            "v1.0.md": "v1.0/",
            "x.markdown": "x/",
            "über/ñ.md": "über/ñ/",
        },
    )
    assert site.page_url("guide/with space.md", {}).endswith("/with%20space/")


def test_mkdocs_without_directory_urls_and_with_translations(tmp_path: Path) -> None:
    config = """
site_url: https://m.test.dev
use_directory_urls: false
markdown_extensions:
  - toc: {slugify: !!python/object/apply:pymdownx.slugs.slugify {kwds: {case: lower}}}
plugins:
  - i18n: {docs_structure: folder, languages: [{locale: en, default: true}, {locale: fr}]}
  - redirects: {redirect_maps: {old.md: new.md}}
"""
    write(tmp_path, {"mkdocs.yml": config, "docs/index.md": ""})
    site = detect_site([tmp_path / "docs"])
    check(
        site,
        "https://m.test.dev/",
        {"en/index.md": "index.html", "en/a/b.md": "a/b.html", "fr/a/b.md": "fr/a/b.html"},
    )
    assert site.anchors()("Café  crème") == "café-crème"
    assert site.rules.redirects == ("old/",)


def test_mkdocs_reads_what_it_inherits_and_runs_nothing(tmp_path: Path) -> None:
    base = "site_url: !ENV [DOCS_URL, 'https://m.test.dev/']\nsite_name: Base\nextra: {a: 1}\n"
    own = (
        "INHERIT: ../base.yml\nsite_name: Own\n"
        "hooks: !!python/object/apply:os.system ['touch /tmp/never']\ntheme: {x: !custom y}\n"
    )
    write(tmp_path, {"base.yml": base, "site/mkdocs.yml": own, "site/docs/index.md": ""})
    site = detect_site([tmp_path / "site" / "docs"])
    assert (site.url, site.name) == ("https://m.test.dev/", "Own")


def test_mkdocs_with_mike_names_the_version(tmp_path: Path) -> None:
    config = "site_url: https://m.test.dev/\nextra: {version: {provider: mike, default: stable}}\n"
    write(tmp_path, {"mkdocs.yml": config, "docs/a.md": ""})
    site = detect_site([tmp_path / "docs"])
    assert site.page_url("a.md", {}) == "https://m.test.dev/stable/a/"
    assert "mike" in site.notices[0]
    assert (
        detect_site([tmp_path / "docs"], url="https://m.test.dev/v2").page_url("a.md", {}) == "https://m.test.dev/v2/a/"
    )


def test_vitepress(tmp_path: Path) -> None:
    config = """
import { defineConfig } from 'vitepress'
export default defineConfig({ title: 'VP', base: '/vp/', cleanUrls: true, srcDir: 'src',
  sitemap: { hostname: 'https://v.test.dev/vp/' },
  rewrites: { 'packages/:pkg/src/:page*': ':pkg/:page*', 'old.md': 'new/place.md' } })
"""
    write(tmp_path, {".vitepress/config.mts": config, "src/index.md": ""})
    site = detect_site([tmp_path / "src"])
    assert (site.dialect, site.name) == ("vitepress", "VP")
    check(
        site,
        "https://v.test.dev/vp/",
        {
            "README.md": "README",
            "index.md": "",
            "fr/index.md": "fr/",
            "guide/Getting_Started.md": "guide/Getting_Started",
            "guide/with space.md": "guide/with space",
            "old.md": "new/place",
            "packages/foo/src/a/b.md": "foo/a/b",
            "packages/foo/src/index.md": "foo/",
            "v1.2.md": "v1.2",
        },
    )
    assert site.page_url("[pkg].md", {}) == ""


def test_vitepress_without_clean_urls(tmp_path: Path) -> None:
    write(
        tmp_path,
        {
            "docs/.vitepress/config.js": "export default { title: 'x' }",
            "docs/a.md": "",
            "docs/public/CNAME": "v.test.dev\n",
        },
    )
    site = detect_site([tmp_path / "docs"])
    assert site.page_url("guide/a.md", {}) == "https://v.test.dev/guide/a.html"


def test_vitepress_with_its_configuration_in_a_folder(tmp_path: Path) -> None:
    index = (
        "import { shared } from './shared'\nexport default defineConfig({ ...shared, locales: { root: {}, zh: {} } })"
    )
    shared = (
        "export const shared = defineConfig({ title: 'VP', cleanUrls: true, sitemap: { hostname: host } })\n"
        "const host = 'https://v.test.dev'"
    )
    write(
        tmp_path,
        {"docs/.vitepress/config/index.ts": index, "docs/.vitepress/config/shared.ts": shared, "docs/a.md": ""},
    )
    site = detect_site([tmp_path / "docs"])
    assert (site.name, site.page_url("zh/a.md", {})) == ("VP", "https://v.test.dev/zh/a")


def test_starlight(tmp_path: Path) -> None:
    config = """
import starlight from '@astrojs/starlight';
export default defineConfig({ site: 'https://s.test.dev', base: '/docs', integrations: [starlight({
  title: { en: 'SL', fr: 'Le SL' }, defaultLocale: 'en', locales: { root: { lang: 'en' }, fr: {} } })] });
"""
    write(tmp_path, {"astro.config.mjs": config, "src/content/docs/index.mdx": ""})
    site = detect_site([tmp_path / "src/content/docs"])
    assert (site.dialect, site.name) == ("starlight", "SL")
    wanted: dict[str, str | tuple[str, Mapping[str, object]]] = {
        "index.mdx": "",
        "01-intro.md": "01-intro/",
        "README.md": "readme/",
        "c++/Foo & Bar.md": "c/foo--bar/",
        "fr/index.md": "fr/",
        "fr/guides/x.md": "fr/guides/x/",
        "guides/Getting_Started.v2.md": "guides/getting_startedv2/",
        "guides/With Space.md": "guides/with-space/",
        "slugged.md": ("renamed/thing/", {"slug": "renamed/thing"}),
        "über/ñ.md": "über/ñ/",
    }
    check(site, "https://s.test.dev/docs/", wanted)
    # One of the folders alone, as the action's docs-path may name it.
    inner = detect_site([tmp_path / "src/content/docs"]).content_path("x.md")
    assert inner == "x.md"
    (tmp_path / "src/content/docs/fr").mkdir()
    assert detect_site([tmp_path / "src/content/docs/fr"]).page_url("a.md", {}) == "https://s.test.dev/docs/fr/a/"


def test_starlight_writes_addresses_as_astro_is_told(tmp_path: Path) -> None:
    for line, wanted in (
        ("trailingSlash: 'never'", "https://s.test.dev/a/b"),
        ("build: { format: 'file' }", "https://s.test.dev/a/b.html"),
    ):
        config = f"export default {{ site: 'https://s.test.dev', {line}, integrations: [starlight({{}})] }}"
        write(tmp_path, {"astro.config.ts": config, "src/content/docs/a.md": ""})
        assert detect_site([tmp_path]).page_url("src/content/docs/a/b.md", {}) == wanted


def test_hugo(tmp_path: Path) -> None:
    config = """
baseURL = 'https://h.test.dev/base/'
title = 'H'
defaultContentLanguage = 'en'
[languages.en]
[languages.fr]
[permalinks]
blog = '/posts/:year/:month/:slug/'
"""
    write(tmp_path, {"hugo.toml": config, "content/_index.md": ""})
    site = detect_site([tmp_path / "content"])
    assert (site.dialect, site.name) == ("hugo", "H")
    wanted: dict[str, str | tuple[str, Mapping[str, object]]] = {
        "_index.md": "",
        "blog/2020-01-02-Hello.md": ("posts/2020/05/hello-world/", {"title": "Hello World", "date": "2020-05-06"}),
        "blog/s.md": ("posts/2021/05/foo-bar-baz/", {"title": "Foo: Bar & Baz", "date": "2021-05-06"}),
        "docs/Install_Guide.md": "docs/install_guide/",
        "docs/Leaf3/index.fr.md": "fr/docs/leaf3/",
        "docs/My Section/A Page.md": "docs/my-section/a-page/",
        "docs/_index.md": "docs/",
        "docs/a+b#c@d.md": "docs/a+b#c@d/",
        "docs/leaf/index.md": "docs/leaf/",
        "docs/leaf2/index.md": ("docs/renamed/", {"slug": "renamed"}),
        "docs/page.fr.md": "fr/docs/page/",
        "docs/q(1)&é!.md": "docs/q1é/",
        "docs/slugged.md": ("docs/other/", {"slug": "other"}),
        "docs/two  spaces - here.md": "docs/two--spaces---here/",
        "docs/url2.md": ("custom2/", {"url": "custom2"}),
        "docs/url3.md": ("custom3.html", {"url": "custom3.html"}),
        "docs/urled.md": ("custom/place/", {"url": "/custom/place/"}),
        "docs/v1.2.md": "docs/v1.2/",
        "docs/Über/ñandú.md": "docs/über/ñandú/",
    }
    check(site, "https://h.test.dev/base/", wanted)
    assert site.routes("docs/a.md", {"aliases": ["/old/", "beside"]}) == (
        "/base/docs/a/",
        "/base/old/",
        "/base/docs/beside",
    )


def test_hugo_with_a_folder_for_each_language(tmp_path: Path) -> None:
    files = {
        "config/_default/hugo.yaml": "baseURL: https://h.test.dev/\ndefaultContentLanguage: en\n",
        "config/_default/languages.yaml": "en: {contentDir: content/en}\nde: {contentDir: content/de}\n",
        "config/production/hugo.yaml": "baseURL: https://live.test.dev/\n",
        "content/en/a.md": "",
        "content/de/a.md": "",
    }
    write(tmp_path, files)
    site = detect_site([tmp_path / "content"])
    check(site, "https://live.test.dev/", {"en/docs/a.md": "docs/a/", "de/docs/a.md": "de/docs/a/"})


DOCUSAURUS = """
// @ts-check
const { themes } = require('prism-react-renderer');
/** @type {import('@docusaurus/types').Config} */
const config = {
  title: 'Docu', url: 'https://d.test.dev', baseUrl: '/base/',
  i18n: { defaultLocale: 'en', locales: ['en', 'fr'] },
  presets: [['classic', /** @type {any} */ ({ docs: { sidebarPath: require.resolve('./sidebars.js') } })]],
  plugins: [
    ['@docusaurus/plugin-content-docs', { id: 'api', path: 'api-docs', routeBasePath: '/reference/' }],
    ['@docusaurus/plugin-client-redirects', { redirects: [{ from: ['/old', '/older'], to: '/docs/new' }] }],
  ],
};
module.exports = config;
"""


def test_docusaurus_instances_versions_and_locales(tmp_path: Path) -> None:
    files = {
        "website/docusaurus.config.js": DOCUSAURUS,
        "website/versions.json": '["2.0", "1.0"]',
        "website/docs/a.md": "",
        "website/api-docs/a.md": "",
    }
    write(tmp_path, files)
    site = detect_site([tmp_path / "website"])
    assert (site.dialect, site.name, site.rules.redirects) == ("docusaurus", "Docu", ("/old", "/older"))
    wanted: dict[str, str | tuple[str, Mapping[str, object]]] = {
        "docs/01-guide/02-setup.md": "docs/next/guide/setup",
        "docs/guide/index.md": "docs/next/guide/",
        "docs/home.md": ("docs/next/", {"slug": "/"}),
        "versioned_docs/version-2.0/a.md": "docs/a",
        "versioned_docs/version-1.0/a.md": "docs/1.0/a",
        "api-docs/client.mdx": "reference/client",
        "blog/2021-08-26-welcome/index.md": "blog/2021/08/26/welcome",
        "blog/2021-08-27-more.md": ("blog/named", {"slug": "named"}),
        "src/pages/about.md": "about",
        "i18n/fr/docusaurus-plugin-content-docs/current/a.md": "fr/docs/next/a",
        "i18n/fr/docusaurus-plugin-content-docs/version-1.0/a.md": "fr/docs/1.0/a",
        "i18n/fr/docusaurus-plugin-content-docs-api/current/a.md": "fr/reference/a",
        "CONTRIBUTING.md": "",
    }
    assert site.page_url("CONTRIBUTING.md", {}) == ""
    check(site, "https://d.test.dev/base/", wanted)
    # The docs folder alone, and the site's address given as that of its docs.
    alone = detect_site([tmp_path / "website" / "docs"], url="https://d.test.dev/base/docs")
    assert alone.page_url("a.md", {}) == "https://d.test.dev/base/docs/next/a"


def test_docusaurus_with_docs_beside_the_site_and_trailing_slashes(tmp_path: Path) -> None:
    config = """
export default {
  title: "x", url: "https://d.test.dev", baseUrl: "/", trailingSlash: true,
  presets: [["classic", { docs: { path: "../docs", routeBasePath: "/" }, blog: false }]],
} satisfies Config;
"""
    write(tmp_path, {"website/docusaurus.config.ts": config, "docs/a.md": ""})
    site = detect_site([tmp_path / "docs"])
    assert site.page_url("guide/a.md", {}) == "https://d.test.dev/guide/a/"


def test_plain_pages_on_a_forge_keep_their_names_and_elsewhere_lose_their_suffix(tmp_path: Path) -> None:
    forge = detect_site([tmp_path], url="https://github.com/o/r/blob/main/docs")
    assert forge.page_url("a/README.md", {}) == "https://github.com/o/r/blob/main/docs/a/README.md"
    elsewhere = detect_site([tmp_path], url="https://pages.test.dev")
    assert elsewhere.page_url("a/README.md", {}) == "https://pages.test.dev/a/"
    assert elsewhere.page_url("a/b.md", {"redirect_from": "/x"}) == "https://pages.test.dev/a/b"
    assert detect_site([tmp_path]).page_url("a.md", {}) == ""


def test_sphinx_and_mdbook_publish_html_files(tmp_path: Path) -> None:
    conf = "project = 'Sphinx site'\nextensions = []\nhtml_baseurl = 'https://x.test.dev/en/'\nraise SystemExit\n"
    write(tmp_path, {"sphinx/docs/conf.py": conf, "sphinx/docs/a.rst": ""})
    sphinx = detect_site([tmp_path / "sphinx" / "docs"])
    assert (sphinx.dialect, sphinx.name) == ("plain", "Sphinx site")
    check(sphinx, "https://x.test.dev/en/", {"guide/a.rst": "guide/a.html", "index.rst": "", "notes.txt": "notes.txt"})
    anchors = sphinx.anchors()
    assert [anchors(text) for text in ("2. Was ist é?", "Foo_bar", "Foo bar", "???")] == [
        "was-ist-e",
        "foo-bar",
        "id1",
        "id2",
    ]
    write(
        tmp_path, {"book/book.toml": "[book]\ntitle = 'Book'\n", "book/src/SUMMARY.md": "", "book/CNAME": "b.test.dev"}
    )
    book = detect_site([tmp_path / "book" / "src"])
    assert (book.name, book.page_url("a/b.md", {})) == ("Book", "https://b.test.dev/a/b.html")
    forge = detect_site([tmp_path / "sphinx" / "docs"], url="https://github.com/o/r/blob/main/docs")
    assert forge.page_url("a.rst", {}) == "https://github.com/o/r/blob/main/docs/a.rst"


def test_text_files_are_published_where_the_generator_copies_them(tmp_path: Path) -> None:
    for dialect, wanted in (("mkdocs", "https://x.test.dev/a.txt"), ("docusaurus", ""), ("vitepress", "")):
        assert detect_site([tmp_path], url="https://x.test.dev", dialect=dialect).page_url("a.txt", {}) == wanted
    mkdocs = detect_site([tmp_path], url="https://x.test.dev", dialect="mkdocs")
    assert mkdocs.page_url("a.ipynb", {}) == "https://x.test.dev/a/"
    assert mkdocs.page_url("a.rst", {}) == "https://x.test.dev/a.rst"


def test_an_address_that_ends_with_the_language_takes_the_language_folder_once(tmp_path: Path) -> None:
    site = detect_site([tmp_path], url="https://docs.test.dev/en/", dialect="starlight")
    assert site.page_url("en/guides/a.mdx", {}) == "https://docs.test.dev/en/guides/a/"
    assert site.page_url("guides/a.mdx", {}) == "https://docs.test.dev/en/guides/a/"


def test_everything_that_changes_an_address_is_in_the_sites_json(tmp_path: Path) -> None:
    import json

    write(tmp_path, {"website/docusaurus.config.js": DOCUSAURUS, "website/docs/a.md": ""})
    one = json.dumps(detect_site([tmp_path / "website"]).to_json(), sort_keys=True)
    write(tmp_path, {"website/docusaurus.config.js": DOCUSAURUS.replace("reference", "api")})
    assert json.dumps(detect_site([tmp_path / "website"]).to_json(), sort_keys=True) != one
