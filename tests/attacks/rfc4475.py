"""Messages of RFC 4475, "SIP torture test messages", typed in; each under the name it has there.

Hosts and bodies are the RFC's, some identifiers shortened. Not here: 3.1.1.8 (dblreq: two messages in one datagram, which the test
sends itself) and 3.1.1.11 (mpart01: a signed binary body).
"""

SDP = (
    "v=0\r\no=mhandley 29739 7272939 IN IP4 192.0.2.3\r\ns=-\r\nc=IN IP4 192.0.2.4\r\nt=0 0\r\n"
    "m=audio 49217 RTP/AVP 0 12\r\nm=video 3227 RTP/AVP 31\r\na=rtpmap:31 LPC\r\n"
)


def written(text: str, body: str = "") -> bytes:
    """Lines as the RFC shows them, with CRLF; bytes above 127 as they stand in Latin-1."""
    return (text.strip("\n").replace("\n", "\r\n") + "\r\n\r\n" + body).encode("latin-1")


def simple(first: str, *lines: str, name: str, method: str = "OPTIONS", body: str = "") -> bytes:
    """A message whose torture is in one or two lines; the rest is what most messages of the RFC share."""
    given = {line.split(":")[0].strip().lower() for line in lines}
    usual = [
        ("to", "To: sip:user@example.com"),
        ("from", "From: sip:caller@example.net;tag=323"),
        ("max-forwards", "Max-Forwards: 70"),
        ("call-id", f"Call-ID: {name}.rfc4475@192.0.2.1"),
        ("cseq", f"CSeq: 8 {method}"),
        ("via", f"Via: SIP/2.0/UDP host5.example.net;branch=z9hG4bK-{name}"),
        ("contact", "Contact: <sip:caller@host5.example.net>"),
        ("content-length", f"Content-Length: {len(body)}"),
    ]
    kept = [line for header, line in usual if header not in given]
    return written("\n".join([first, *kept, *lines]), body)


MESSAGES: dict[str, bytes] = {
    # --- 3.1.1 valid ------------------------------------------------------------------------------------------------
    "wsinv": written(
        r"""
INVITE sip:vivekg@chair-dnrc.example.com;unknownparam SIP/2.0
TO :
 sip:vivekg@chair-dnrc.example.com ;   tag    = 1918181833n
from   : "J Rosenberg \\\""       <sip:jdrosen@example.com>
  ;
  tag = 98asjd8
MaX-fOrWaRdS: 0068
Call-ID: wsinv.ndaksdj@192.0.2.1
Content-Length   : 150
cseq: 0009
  INVITE
Via  : SIP  /   2.0
 /UDP
    192.0.2.2;branch=390skdjuw
s :
NewFangledHeader:   newfangled value
 continued newfangled value
UnknownHeaderWithUnusualValue: ;;,,;;,;
Content-Type: application/sdp
Route:
 <sip:services.example.com;lr;unknownwith=value;unknown-no-value>
v:  SIP  / 2.0  / TCP     spindle.example.com   ;
  branch  =   z9hG4bK9ikj8  ,
 SIP  /    2.0   / UDP  192.168.255.111   ; branch=
 z9hG4bK30239
m:"Quoted string \"\"" <sip:jdrosen@example.com> ; newparam =
      newvalue ;
  secondparam ; q = 0.33
""",
        SDP,
    ),
    "intmeth": written(
        r"""
!interesting-Method0123456789_*+`.%indeed'~ sip:1_unusual.URI~(to-be!sure)&isn't+it$/crazy?,/;;*:&it+has=1,weird!*pas$wo~d_too.(doesn't-it)@example.com SIP/2.0
Via: SIP/2.0/TCP host1.example.com;branch=z9hG4bK-.!%66*_+`'~
To: "BEL:\\<07> NUL:\\<00> DEL:\\<7F>" <sip:1_unusual.URI~(to-be!sure)&isn't+it$/crazy?,/;;*@example.com>
From: token1~` token2'+_ token3*%!.- <sip:mundane@example.com>;fromParam''~+*_!.-%="work";tag=_token~1'+`*%!-.
Call-ID: intmeth.word%ZK-!.*_+'@word`~)(><:\/"][?}{
CSeq: 139122385 !interesting-Method0123456789_*+`.%indeed'~
Max-Forwards: 255
extensionHeader-!.%*+_`'~:<EFBBBF>
Content-Length: 0
""".replace("<07>", "\x07").replace("<00>", "\x00").replace("<7F>", "\x7f").replace("<EFBBBF>", "\xef\xbb\xbf\xe5\xa4\xa7")
    ),
    "esc01": simple(
        "INVITE sip:sips%3Auser%40example.com@example.net SIP/2.0",
        "To: sip:%75se%72@example.com", "From: <sip:I%20have%20spaces@example.net>;tag=938",
        "Contact: <sip:cal%6Cer@host5.example.net;%6C%72;n%61me=v%61lue%25%34%31>", name="esc01", method="INVITE",
    ),
    "escnull": simple(
        "REGISTER sip:example.com SIP/2.0", "To: sip:null-%00-null@example.com", "From: sip:null-%00-null@example.com;tag=839923423",
        "Contact: <sip:%00@host5.example.com>", "Contact: <sip:%00%00@host5.example.com>", "L:0", name="escnull", method="REGISTER",
    ),
    "esc02": simple(
        "RE%47IST%45R sip:registrar.example.com SIP/2.0", 'To: "%Z%45" <sip:resource@example.com>', 'From: "%Z%45" <sip:resource@example.com>;tag=f232jadfj23',
        "CSeq: 29344 RE%47IST%45R", "Contact: <sip:alias1@host1.example.com>", "Contact: <sip:alias2@host2.example.com>", name="esc02",
    ),
    "lwsdisp": simple("OPTIONS sip:user@example.com SIP/2.0", "From: caller<sip:caller@example.com>;tag=323", name="lwsdisp"),
    "longreq": simple(
        "INVITE sip:user@example.com SIP/2.0",
        'To: "I have a user name of ' + "extreme" * 10 + ' proportion"<sip:user@example.com:6000;unknownparam1=verylong' + "x" * 180
        + ";longparam" + "name" * 20 + "=shortvalue;very" + "long" * 20 + "ParameterNameWithNoValue>",
        "F: sip:" + "amazinglylongcallername" * 5 + "@example.net;tag=12" + "982" * 50 + "424;unknownheaderparam" + "name" * 15 + "=unknown"
        + "value" * 15 + ";unknownValueless" + "paramname" * 10,
        "Call-ID: longreq.one" + "really" * 20 + "longcallid",
        "CSeq: 3882340 INVITE", "Unknown-" + "Long" * 20 + "-Name: unknown-" + "long" * 20 + "-value; unknown-" + "long" * 20 + "-parameter-name = x",
        *(f"Via: SIP/2.0/TCP sip{number}.example.com" for number in range(33, 0, -1)), name="longreq", method="INVITE",
    ),
    "semiuri": simple("OPTIONS sip:user;par=u%40example.net@example.com SIP/2.0", "Accept: application/sdp, application/pkcs7-mime", name="semiuri"),
    "transports": simple(
        "OPTIONS sip:user@example.com SIP/2.0", "Via: SIP/2.0/UDP t1.example.com;branch=z9hG4bKkdjuw", "Via: SIP/2.0/SCTP t2.example.com;branch=z9hG4bKklasjdhf",
        "Via: SIP/2.0/TLS t3.example.com;branch=z9hG4bK2980unddj", "Via: SIP/2.0/UNKNOWN t4.example.com;branch=z9hG4bKasd0f3en",
        "Via: SIP/2.0/TCP t5.example.com;branch=z9hG4bK0a9idfnee", name="transports",
    ),
    "unreason": written("SIP/2.0 200 = 2**3 * 5**2 \xd0\xbd\xd0\xbe\nVia: SIP/2.0/UDP 192.0.2.198;branch=z9hG4bK1324923\nCall-ID: unreason.1234ksdfak3j2erwedfsASdf\n"
                        "CSeq: 35 INVITE\nFrom: sip:user@example.com;tag=11141343\nTo: sip:user@example.edu;tag=2229\nContent-Length: 0"),
    "noreason": written("SIP/2.0 100 \nVia: SIP/2.0/UDP 192.0.2.105;branch=z9hG4bK2398ndaoe\nCall-ID: noreason.asndj203insdf99223ndf\nCSeq: 35 INVITE\n"
                        "From: <sip:user@example.com>;tag=39ansfi3\nTo: <sip:user@example.edu>;tag=902jndnke3\nContent-Length: 0"),
    # --- 3.1.2 invalid ----------------------------------------------------------------------------------------------
    "badinv01": written(
        """
INVITE sip:user@example.com SIP/2.0
To: sip:j.user@example.com
From: sip:caller@example.net;tag=134161461246
Max-Forwards: 7
Call-ID: badinv01.0ha0isndaksdjasdf3234nas
CSeq: 8 INVITE
Via: SIP/2.0/UDP 192.0.2.15;;,;,,
Contact: "Joe" <sip:joe@example.org>;;;;
Content-Length: 152
Content-Type: application/sdp
""",
        SDP,
    ),
    "clerr": simple("INVITE sip:user@example.com SIP/2.0", "Content-Type: application/sdp", "Content-Length: 9999", name="clerr", method="INVITE", body=SDP),
    "ncl": simple("INVITE sip:user@example.com SIP/2.0", "Content-Type: application/sdp", "Content-Length: -999", name="ncl", method="INVITE", body=SDP),
    "scalar02": simple(
        "REGISTER sip:example.com SIP/2.0", "CSeq: 36893488147419103232 REGISTER", "Max-Forwards: 300", "Expires: 1" + "0" * 30,
        "Contact: <sip:user@host129.example.com>;expires=280297596632815", name="scalar02", method="REGISTER",
    ),
    "scalarlg": written("SIP/2.0 503 Service Unavailable\nVia: SIP/2.0/TCP host129.example.com;branch=z9hG4bKzzxdiwo34sw;received=192.0.2.129\nTo: <sip:user@example.com>\n"
                        "From: <sip:other@example.net>;tag=2easdjfejw\nCSeq: 9292394834772304023312 OPTIONS\nCall-ID: scalarlg.noase0of0234hn2qofoaf0232aewf2394r\n"
                        "Retry-After: 949302838503028349304023988\nWarning: 1812 overture \"In Progress\"\nContent-Length: 0"),
    "quotbal": simple("INVITE sip:user@example.com SIP/2.0", 'To: "Mr. J. User <sip:j.user@example.com>', name="quotbal", method="INVITE"),
    "ltgtruri": simple("INVITE <sip:user@example.com> SIP/2.0", name="ltgtruri", method="INVITE"),
    "lwsruri": simple("INVITE sip:user@example.com; lr SIP/2.0", name="lwsruri", method="INVITE"),
    "lwsstart": simple("INVITE  sip:user@example.com  SIP/2.0", name="lwsstart", method="INVITE"),
    "trws": simple("OPTIONS sip:remote-target@example.com SIP/2.0  ", name="trws"),
    "escruri": simple("INVITE sip:user@example.com?Route=%3Csip:example.com%3E SIP/2.0", name="escruri", method="INVITE"),
    "baddate": simple("INVITE sip:user@example.com SIP/2.0", "Date: Fri, 01 Jan 2010 16:00:00 EST", name="baddate", method="INVITE"),
    "regbadct": simple("REGISTER sip:example.com SIP/2.0", "Contact: sip:user@example.com?Route=%3Csip:sip.example.com%3E", name="regbadct", method="REGISTER"),
    "badaspec": simple("OPTIONS sip:user@example.org SIP/2.0", 'To: "Watson, Thomas" < sip:t.watson@example.org >', 'From: "Bell, Alexander" <sip:a.g.bell@example.com> ;tag=43',
                       name="badaspec"),
    "baddn": simple("OPTIONS sip:t.watson@example.org SIP/2.0", "From:    Bell, Alexander <sip:a.g.bell@example.com>;tag=43", "To:    Watson, Thomas <sip:t.watson@example.org>",
                    name="baddn"),
    "badvers": simple("OPTIONS sip:t.watson@example.org SIP/7.0", "Via: SIP/7.0/UDP c.example.com;branch=z9hG4bKkdjuw", name="badvers"),
    "mismatch01": simple("OPTIONS sip:user@example.com SIP/2.0", "CSeq: 8 INVITE", name="mismatch01"),
    "mismatch02": simple("NEWMETHOD sip:user@example.com SIP/2.0", "CSeq: 8 INVITE", "Content-Type: application/sdp", name="mismatch02", body=SDP),
    "bigcode": written("SIP/2.0 4294967301 better not break the receiver\nVia: SIP/2.0/UDP 192.0.2.105;branch=z9hG4bK2398ndaoe\nCall-ID: bigcode.asdof3uj203asdnf3429uasdhfas3ehjasdfas9i\n"
                       "CSeq: 353494 INVITE\nFrom: <sip:user@example.com>;tag=39ansfi3\nTo: <sip:user@example.edu>;tag=902jndnke3\nContent-Length: 0"),
    # --- 3.2, 3.3 transactions and application ----------------------------------------------------------------------
    "badbranch": simple("OPTIONS sip:user@example.com SIP/2.0", "Via: SIP/2.0/UDP 192.0.2.1;branch=z9hG4bK", name="badbranch"),
    "insuf": written("INVITE sip:user@example.com SIP/2.0\nCSeq: 193942 INVITE\nVia: SIP/2.0/UDP 192.0.2.95;branch=z9hG4bKkdj.insuf\nContent-Type: application/sdp\nl: 152", SDP),
    "unkscm": simple("OPTIONS nobodyKnowsThisScheme:totallyopaquecontent SIP/2.0", name="unkscm"),
    "novelsc": simple("OPTIONS soap.beep://192.0.2.103:3002 SIP/2.0", name="novelsc"),
    "unksm2": simple("REGISTER sip:example.com SIP/2.0", "To: isbn:2983792873", "From: <http://www.example.com>;tag=3234233", "Contact: <name:John_Smith>", name="unksm2", method="REGISTER"),
    "bext01": simple("OPTIONS sip:user@example.com SIP/2.0", "Require: nothingSupportsThis, nothingSupportsThisEither", "Proxy-Require: noProxiesSupportThis, norDoAnyProxiesSupportThis",
                     name="bext01"),
    "invut": simple("INVITE sip:user@example.com SIP/2.0", "Content-Type: application/unknownformat", name="invut", method="INVITE", body="<audio>\r\n <pcmu port=\"443\"/>\r\n</audio>\r\n"),
    "regaut01": simple("REGISTER sip:example.com SIP/2.0", "Authorization: NoOneKnowsThisScheme opaque-data=here", name="regaut01", method="REGISTER"),
    "multi01": simple("INVITE sip:user@company.com SIP/2.0", "Contact: <sip:caller@host25.example.net>", "Max-Forwards: 70", "Max-Forwards: 5", "CSeq: 5 INVITE", "CSeq: 59 INVITE",
                      "Call-ID: multi01.98asdh@192.0.2.1", "Call-ID: multi01.98asdh@192.0.2.2", "From: sip:caller@example.com;tag=3413415", "From: sip:user@example.com;tag=9",
                      "To: sip:user@example.com", "To: sip:other@example.net", name="multi01", method="INVITE"),
    "mcl01": simple("OPTIONS sip:user@example.com SIP/2.0", "Content-Length: 13", "Content-Length: 5", "Content-Type: text/plain", name="mcl01", body="There's no way to know how many octets are supposed to be here.\r\n"),
    "bcast": written("SIP/2.0 200 OK\nVia: SIP/2.0/UDP 192.0.2.198;branch=z9hG4bK1324923\nVia: SIP/2.0/UDP 255.255.255.255;branch=z9hG4bK1saber23\nCall-ID: bcast.0384840201234ksdfak3j2erwedfsASdf\n"
                     "CSeq: 35 INVITE\nFrom: sip:user@example.com;tag=11141343\nTo: sip:user@example.edu;tag=2229\nContent-Length: 0"),
    "zeromf": simple("OPTIONS sip:user@example.com SIP/2.0", "Max-Forwards: 0", name="zeromf"),
    "cparam01": simple("REGISTER sip:example.com SIP/2.0", "Contact: sip:+19725552222@gw1.example.net;unknownparam", name="cparam01", method="REGISTER"),
    "cparam02": simple("REGISTER sip:example.com SIP/2.0", "Contact: <sip:+19725552222@gw1.example.net;unknownparam>", name="cparam02", method="REGISTER"),
    "regescrt": simple("REGISTER sip:example.com SIP/2.0", "Contact: <sip:user@example.com?Route=%3Csip:sip.example.com%3E>", name="regescrt", method="REGISTER"),
    "sdp01": simple("INVITE sip:user@example.com SIP/2.0", "Accept: text/nobodyKnowsThis", "Content-Type: application/sdp", name="sdp01", method="INVITE", body=SDP),
    "inv2543": written("INVITE sip:UserB@example.com SIP/2.0\nVia: SIP/2.0/UDP iftgw.example.com\nFrom: <sip:+13035551111@ift.client.example.net;user=phone>\nRecord-Route: <sip:UserB@example.com;maddr=ss1.example.com>\n"
                       "To: sip:+16505552222@ss1.example.net;user=phone\nCall-ID: inv2543.1717@ift.client.example.com\nCSeq: 56 INVITE\nContent-Type: application/sdp", SDP),
}  # fmt: skip
