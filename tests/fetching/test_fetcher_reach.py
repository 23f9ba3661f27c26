"""Where fetching can be led to: redirects, certificates, addresses, names that change their meaning."""

import random
from ipaddress import ip_address

import pytest

from app.errors import MalformedRequestError, RequestError, UrlNotAllowedError, UrlUnreachableError
from app.fetching.addresses import is_public
from tests.fetching.origins import Names, ok, redirect

REFUSED = "the URL's host has no address, or not only public ones"


class TestRedirects:
    """Each hop is checked like the first."""

    @pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
    def test_a_redirect_is_followed(self, origin, fetch, status):
        """Absolute and relative ones, to another allowed host too, three at most."""
        last = origin(ok(b"picture"))
        first = origin(redirect("b?c", status), redirect(f"//origin.test:{last.port}/d", status))
        hosts = f"http://origin.test:{first.port},http://origin.test:{last.port}"
        assert fetch(f"http://origin.test:{first.port}/x/a", hosts) == b"picture"
        assert [head.split()[1] for head in first.asked + last.asked] == ["/x/a", "/x/b?c", "/d"]

    def test_a_loop_ends(self, origin, fetch):
        """The fourth redirect is not followed; the error says so."""
        server = origin(redirect("/"))
        with pytest.raises(UrlUnreachableError, match="redirects more than 3 times > 3 allowed"):
            fetch(f"http://origin.test:{server.port}/", f"http://origin.test:{server.port}")
        assert server.connections == 4

    @pytest.mark.parametrize(
        ("target", "error"),
        [
            ("http://evil.test/", UrlNotAllowedError),
            ("//evil.test/", UrlNotAllowedError),
            ("http://origin.test:1/", UrlNotAllowedError),
            ("http://127.0.0.1/", UrlNotAllowedError),
            ("http://[::1]/", UrlNotAllowedError),
            ("http://169.254.169.254/latest/meta-data/", UrlNotAllowedError),
            ("http://2852039166/", UrlNotAllowedError),
            ("http://origin.test@evil.test/", UrlNotAllowedError),
            ("file:///etc/passwd", UrlNotAllowedError),
            ("http://evil.test\\@origin.test/", MalformedRequestError),
            ("http://[", RequestError),
            ("", UrlUnreachableError),
        ],
    )
    def test_a_redirect_leads_nowhere_else(self, origin, fetch, target, error):
        """The list, and all that holds for a URL, hold for where it redirects to."""
        names = Names({"origin.test": [["127.0.0.1"]]})
        server = origin(redirect(target), ok(b"picture"))
        with pytest.raises(error):
            fetch(f"http://origin.test:{server.port}/", f"http://origin.test:{server.port}", names=names)
        assert server.connections == 1
        assert names.asked == ["origin.test"]

    def test_a_redirect_to_a_name_inside_is_refused(self, origin, fetch):
        """A host that the list covers and whose address lies inside is not connected to after a redirect either."""
        inside = origin(ok(b"secret"))
        outside = origin(redirect(f"http://inside.test:{inside.port}/"))
        names = Names({"origin.test": [["127.0.0.1"]], "inside.test": [["127.0.0.2"]]})
        hosts = f"http://*.test:{inside.port},http://*.test:{outside.port}"
        with pytest.raises(UrlNotAllowedError, match=REFUSED):
            fetch(f"http://origin.test:{outside.port}/", hosts, names=names)
        assert (outside.connections, inside.connections) == (1, 0)

    def test_never_from_https_to_http(self, origin, fetch, authority):
        """Where the list allows both, a redirect still does not take the encryption off."""
        plain = origin(ok(b"picture"))
        server = origin(redirect(f"http://origin.test:{plain.port}/"), tls=authority.server("origin.test", []))
        hosts = f"origin.test:{server.port},http://origin.test:{plain.port}"
        with pytest.raises(UrlNotAllowedError, match="from https to http"):
            fetch(f"https://origin.test:{server.port}/", hosts, tls=authority.client())
        assert plain.connections == 0


class TestTls:
    """Certificates are for names, although it is addresses that are connected to."""

    def test_the_name_is_asked_for_and_checked(self, origin, fetch, authority):
        """SNI carries the host's name, and a certificate for it passes."""
        seen = []
        server = origin(ok(b"picture"), tls=authority.server("origin.test", seen))
        url, hosts = f"https://origin.test:{server.port}/", f"origin.test:{server.port}"
        assert fetch(url, hosts, tls=authority.client()) == b"picture"
        assert seen == ["origin.test"]

    def test_a_certificate_for_another_name_is_refused(self, origin, fetch, authority):
        """Nothing is asked of a server that cannot show that it is the host."""
        server = origin(ok(b"picture"), tls=authority.server("origin.test", []))
        with pytest.raises(UrlUnreachableError, match="valid certificate"):
            fetch(f"https://other.test:{server.port}/", f"*.test:{server.port}", tls=authority.client())
        assert server.asked == []

    def test_an_unknown_authority_is_refused(self, origin, fetch, authority):
        """A certificate of the server's own making is not enough."""
        server = origin(ok(b"picture"), tls=authority.server("origin.test", []))
        with pytest.raises(UrlUnreachableError, match="valid certificate"):
            fetch(f"https://origin.test:{server.port}/", f"origin.test:{server.port}")
        assert server.asked == []


class TestAddresses:
    """Nobody is connected to who was not checked."""

    @pytest.mark.parametrize(
        "inner",
        ["127.0.0.1", "10.0.0.1", "169.254.169.254", "100.100.100.200", "::1", "fd00:ec2::254", "::ffff:127.0.0.1"],
    )
    def test_every_refused_address_gets_the_same_answer_as_none(self, fetch, inner):
        """A name inside, one beside a public address and one that does not exist cannot be told apart."""
        names = Names({"in.test": [[inner]], "mixed.test": [["8.8.8.8", inner]], "none.test": [[]]})
        said = set()
        for host in ("in.test", "mixed.test", "none.test", "unknown.test"):
            with pytest.raises(UrlNotAllowedError) as caught:
                fetch(f"https://{host}/", "*", names=names, policy=is_public)
            said.add(str(caught.value))
        assert said == {REFUSED}

    def test_rebinding_gains_nothing(self, origin, fetch, monkeypatch):
        """A name that is public when checked and inside when asked again is asked once, and connected as checked."""
        inside = origin(ok(b"secret"))
        names = Names({"rebind.test": [["192.0.2.1"], ["127.0.0.1"]]})
        tried = []
        monkeypatch.setattr(
            "app.fetching.fetcher.connect",
            lambda addresses, *_: tried.extend(addresses) or _no_connection(),
        )
        with pytest.raises(UrlUnreachableError):
            fetch(
                f"http://rebind.test:{inside.port}/",
                f"http://rebind.test:{inside.port}",
                names=names,
                policy=lambda address: address == ip_address("192.0.2.1"),
            )
        assert names.asked == ["rebind.test"]
        assert tried == [ip_address("192.0.2.1")]
        assert inside.connections == 0

    def test_rebinding_between_redirects_is_seen(self, origin, fetch):
        """Each hop looks its name up anew, and checks what it finds anew."""
        server = origin(redirect("/"), ok(b"secret"))
        names = Names({"rebind.test": [["127.0.0.1"], ["127.0.0.2"]]})
        with pytest.raises(UrlNotAllowedError, match=REFUSED):
            fetch(f"http://rebind.test:{server.port}/", f"http://rebind.test:{server.port}", names=names)
        assert server.connections == 1

    def test_random_urls_never_reach_an_address_inside(self, fetch, monkeypatch):
        """Whatever the URL and whatever the names mean, only public addresses are connected to."""
        tried = []
        monkeypatch.setattr(
            "app.fetching.fetcher.connect", lambda addresses, *_: tried.extend(addresses) or _no_connection()
        )
        dice = random.Random(3)
        pool = ["8.8.8.8", "2606:4700::1111", "127.0.0.1", "10.1.2.3", "169.254.169.254", "::1", "64:ff9b::7f00:1"]

        class Anything(Names):
            def __call__(self, _host, _port):
                return [ip_address(text) for text in dice.choices(pool, [8, 8, 1, 1, 1, 1, 1], k=dice.randrange(4))]

        pieces = [
            "https://",
            "http://",
            "127.0.0.1",
            "localhost",
            "a.test",
            "@",
            ":80",
            "/",
            "[::1]",
            "0x7f",
            ".",
            "\\",
        ]
        for _ in range(5000):
            url = dice.choice(["https://", "http://", ""]) + "".join(dice.choices(pieces, k=dice.randrange(1, 5)))
            with pytest.raises(RequestError):
                fetch(url, "*,http://*", names=Anything({}), policy=is_public)
        assert len(tried) > 100
        assert [address for address in tried if not is_public(address)] == []


def _no_connection():
    raise UrlUnreachableError("no connection")
