#!/usr/bin/env bash
# Records samples/*.pcap(ng): real clients against local servers, in two network namespaces joined by a veth pair.
# Nothing leaves the machine: the client's only route leads into the server's namespace.
#
# Needs root and Debian's packages: chromium firefox-esr caddy dnsmasq-base bind9-dnsutils openssh-server curl openssl
# libnss3-tools ethtool iproute2 tcpdump wireshark-common. Usage: samples/record.sh [NAME...]; without names every capture is made anew.
set -euo pipefail

here=$(cd "$(dirname "$0")" && pwd)
client=dpi-client
server=dpi-server
work=$(mktemp -d /tmp/dpi-record.XXXXXX)
unset NODE_EXTRA_CA_CERTS SSL_CERT_FILE http_proxy https_proxy all_proxy HTTP_PROXY HTTPS_PROXY ALL_PROXY
export HOME="$work/home" XDG_DATA_HOME="$work/data" XDG_CONFIG_HOME="$work/config" MOZ_HEADLESS=1
mkdir -p "$HOME" "$XDG_DATA_HOME" "$XDG_CONFIG_HOME" "$work/www"

# name, IPv4 address, IPv6 address or -; all from the ranges kept for documentation (RFC 5737, RFC 3849).
sites='
www.youtube.com 203.0.113.10 -
i.ytimg.com 203.0.113.11 -
rr3---sn-4g5ednsl.googlevideo.com 203.0.113.12 -
www.google.com 203.0.113.13 -
www.netflix.com 203.0.113.20 -
occ-0-1490-1489.1.nflxso.net 203.0.113.21 -
discord.com 203.0.113.30 -
gateway.discord.gg 203.0.113.31 -
github.com 203.0.113.40 -
api.github.com 203.0.113.41 -
www.wikipedia.org 203.0.113.50 2001:db8:5::50
example.org 203.0.113.60 2001:db8:5::60
www.msftconnecttest.com 203.0.113.61 -
open.spotify.com 203.0.113.70 -
web.whatsapp.com 203.0.113.71 -
www.tiktok.com 203.0.113.72 -
git.example.net 203.0.113.80 -
shop.example.com 203.0.113.90 -
'

cleanup() {
  local pid
  for pid in $(ip netns pids $client 2>/dev/null) $(ip netns pids $server 2>/dev/null); do kill "$pid" 2>/dev/null || true; done
  sleep 0.3
  ip netns del $client 2>/dev/null || true
  ip netns del $server 2>/dev/null || true
  rm -rf "/etc/netns/$client" "$work"
}
trap cleanup EXIT

in_client() { ip netns exec $client "$@"; }
in_server() { ip netns exec $server "$@"; }

make_network() {
  ip netns del $client 2>/dev/null || true
  ip netns del $server 2>/dev/null || true
  ip netns add $client
  ip netns add $server
  ip link add c0 netns $client type veth peer name s0 netns $server
  local ns
  for ns in $client $server; do ip -n $ns link set lo up; done
  ip -n $client addr add 192.0.2.10/24 dev c0
  ip -n $client addr add 2001:db8:c::10/64 dev c0 nodad
  ip -n $server addr add 192.0.2.1/24 dev s0
  ip -n $server addr add 2001:db8:c::1/64 dev s0 nodad
  ip -n $client link set c0 up
  ip -n $server link set s0 up
  # Frames as on a wire: no segmentation offload, MTU 1500, checksums filled in.
  in_client ethtool -K c0 tso off gso off gro off tx off rx off >/dev/null
  in_server ethtool -K s0 tso off gso off gro off tx off rx off >/dev/null
  ip -n $client route add default via 192.0.2.1
  ip -n $client -6 route add default via 2001:db8:c::1
  local name v4 v6
  while read -r name v4 v6; do
    [ -n "$name" ] || continue
    ip -n $server addr add "$v4/32" dev lo
    [ "$v6" = - ] || ip -n $server addr add "$v6/128" dev lo nodad
  done <<<"$sites"
  mkdir -p /etc/netns/$client
  echo 'nameserver 192.0.2.1' >/etc/netns/$client/resolv.conf
}

make_certificates() {
  cd "$work"
  openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 3650 -subj '/CN=Sample recording CA' \
    -keyout ca.key -out ca.pem 2>/dev/null
  openssl req -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -subj '/CN=sample server' -keyout server.key -out server.csr 2>/dev/null
  local names
  names=$(awk 'NF { printf "%sDNS:%s", sep, $1; sep = "," }' <<<"$sites")
  openssl x509 -req -in server.csr -CA ca.pem -CAkey ca.key -days 300 -out server.pem 2>/dev/null \
    -extfile <(echo "subjectAltName=$names")
  spki=$(openssl x509 -in server.pem -pubkey -noout | openssl pkey -pubin -outform der | openssl dgst -sha256 -binary | base64)
  cd - >/dev/null
}

# A page per site, and what some of them load from their other hosts, as the real ones do.
make_pages() {
  local name
  for name in $(awk 'NF { print $1 }' <<<"$sites"); do
    mkdir -p "$work/www/$name"
    echo "<!doctype html><title>$name</title><link rel=icon href='data:,'><p>A page of $name.</p><script src=/app.js></script>" >"$work/www/$name/index.html"
    { echo "// $name"; head -c 4500 /dev/urandom | base64 -w 76 | sed 's|^|// |'; } >"$work/www/$name/app.js"
    head -c 11000 /dev/urandom >"$work/www/$name/media.bin"
    printf 'Microsoft Connect Test' >"$work/www/$name/connecttest.txt"
  done
  cat >>"$work/www/www.youtube.com/index.html" <<'HTML'
<img src="https://i.ytimg.com/media.bin"><img src="https://rr3---sn-4g5ednsl.googlevideo.com/media.bin">
HTML
  echo '<img src="https://occ-0-1490-1489.1.nflxso.net/media.bin">' >>"$work/www/www.netflix.com/index.html"
  echo '<img src="https://gateway.discord.gg/media.bin">' >>"$work/www/discord.com/index.html"
}

start_servers() {
  # One listener per address: a wildcard UDP socket would answer from the interface's own address.
  local addresses
  addresses=$(awk 'NF { print $2; if ($3 != "-") print "[" $3 "]" }' <<<"$sites" | tr '\n' ' ')
  cat >"$work/Caddyfile" <<CADDY
{
  auto_https off
  admin off
  storage file_system $work/caddy
  servers :443 {
    protocols h1 h2 h3
  }
}
http://:80 {
  root * $work/www/{host}
  file_server
}
https://:443 {
  bind $addresses
  tls $work/server.pem $work/server.key
  root * $work/www/{host}
  file_server
}
CADDY
  ip netns exec $server caddy run --config "$work/Caddyfile" --adapter caddyfile >"$work/caddy.log" 2>&1 &

  {
    echo 'no-resolv'; echo 'no-hosts'; echo 'port=53'; echo 'listen-address=192.0.2.1'; echo 'bind-interfaces'; echo 'user=root'
    echo 'local=/#/'; echo 'local-ttl=300'; echo 'cname=www.github.com,github.com'
    awk 'NF { print "host-record=" $1 "," $2 ($3 == "-" ? "" : "," $3) }' <<<"$sites"
    # HTTPS records (type 65): priority 1, target ".", alpn h3 and h2.
    local name
    for name in www.youtube.com i.ytimg.com www.google.com; do echo "dns-rr=$name,65,00010000010006026833026832"; done
  } >"$work/dnsmasq.conf"
  ip netns exec $server dnsmasq --keep-in-foreground --conf-file="$work/dnsmasq.conf" --pid-file="$work/dnsmasq.pid" >"$work/dnsmasq.log" 2>&1 &

  mkdir -p /run/sshd
  ssh-keygen -q -t ed25519 -N '' -f "$work/host_key"
  ssh-keygen -q -t ed25519 -N '' -f "$work/user_key"
  install -m 600 "$work/user_key.pub" "$work/authorized_keys"
  ip netns exec $server /usr/sbin/sshd -D -h "$work/host_key" -o "AuthorizedKeysFile=$work/authorized_keys" -o StrictModes=no \
    -o UsePAM=no -o ListenAddress=203.0.113.80 -o PermitRootLogin=yes -o PidFile=none -f /dev/null >"$work/sshd.log" 2>&1 &
  local try
  for try in $(seq 50); do
    in_client curl -s -o /dev/null --cacert "$work/ca.pem" https://github.com/ && return
    sleep 0.2
  done
  echo 'the servers did not start:' >&2
  cat "$work"/*.log >&2
  exit 1
}

# record FILE COMMAND...: runs the command while capturing on the client's interface.
record() {
  local file=$1 dump
  shift
  rm -f "$work/tcpdump.log"
  ip netns exec $client tcpdump -q -i c0 -s 0 -U -w "$work/raw.pcap" 'tcp or udp' 2>"$work/tcpdump.log" &
  dump=$! # tcpdump's own id: `ip netns exec` replaces itself
  until grep -q listening "$work/tcpdump.log" 2>/dev/null; do sleep 0.05; done
  "$@"
  sleep 1
  kill -TERM "$dump"
  wait "$dump" || true
  case $file in
    *.pcapng) editcap -F pcapng "$work/raw.pcap" "$here/$file" ;;
    *) cp "$work/raw.pcap" "$here/$file" ;;
  esac
  echo "$file: $(stat -c %s "$here/$file") bytes"
}

run_curl() { in_client curl -sS --max-time 10 --cacert "$work/ca.pem" "$@" >"$work/body"; }

# run_chromium URL [FLAG...]: a fresh profile each time; only its own background traffic is turned off.
run_chromium() {
  local url=$1 profile
  shift
  profile=$(mktemp -d "$work/chromium.XXXXXX")
  in_client timeout 40 chromium --headless --no-sandbox --disable-gpu --disable-dev-shm-usage --no-first-run \
    --disable-background-networking --disable-component-update --disable-sync --disable-default-apps \
    --disable-domain-reliability --metrics-recording-only --no-pings --disable-field-trial-config \
    --disable-features=MediaRouter,OptimizationHints,DialMediaRouteProvider,PreconnectToSearch,AutofillServerCommunication \
    --host-resolver-rules='MAP clients2.google.com ~NOTFOUND, MAP update.googleapis.com ~NOTFOUND, MAP accounts.google.com ~NOTFOUND' \
    --ignore-certificate-errors-spki-list="$spki" --user-data-dir="$profile" --timeout=4000 "$@" \
    --dump-dom "$url" >"$work/dom.html" 2>"$work/chromium.log" || true
  grep -q 'A page of' "$work/dom.html" || { echo "Chromium did not load $url" >&2; tail -5 "$work/chromium.log" >&2; }
}

# run_firefox URL [PREF:VALUE...]: a screenshot makes it load the page and end.
run_firefox() {
  local url=$1 profile
  shift
  profile=$(mktemp -d "$work/firefox.XXXXXX")
  certutil -N -d "sql:$profile" --empty-password
  certutil -A -d "sql:$profile" -n sample -t C,, -i "$work/ca.pem"
  {
    local pref
    for pref in 'app.update.enabled:false' 'app.normandy.enabled:false' 'datareporting.policy.dataSubmissionEnabled:false' \
      'toolkit.telemetry.enabled:false' 'network.captive-portal-service.enabled:false' 'network.connectivity-service.enabled:false' \
      'services.settings.server:"data:,"' 'browser.safebrowsing.malware.enabled:false' 'browser.safebrowsing.phishing.enabled:false' \
      'browser.safebrowsing.downloads.enabled:false' 'browser.safebrowsing.provider.google4.updateURL:""' \
      'browser.safebrowsing.provider.mozilla.updateURL:""' 'browser.newtabpage.enabled:false' 'network.trr.mode:5' 'network.dns.localDomains:"firefox.settings.services.mozilla.com"' \
      'extensions.update.enabled:false' 'extensions.getAddons.cache.enabled:false' 'browser.region.update.enabled:false' \
      'browser.region.network.url:""' 'media.gmp-manager.url:"data:,"' 'browser.search.update:false' 'network.prefetch-next:false' \
      'network.dns.disablePrefetch:true' 'network.http.speculative-parallel-limit:0' 'browser.aboutwelcome.enabled:false' \
      'dom.push.connection.enabled:false' 'browser.contentblocking.report.lockwise.enabled:false' \
      'network.http.http3.disable_when_third_party_roots_found:false' 'security.OCSP.enabled:0' \
      'browser.topsites.contile.enabled:false' 'security.remote_settings.crlite_filters.enabled:false' "$@"; do
      echo "user_pref(\"${pref%%:*}\", ${pref#*:});"
    done
  } >"$profile/user.js"
  in_client timeout 40 firefox-esr --headless --no-remote --profile "$profile" --screenshot "$work/shot.png" "$url" \
    >"$work/firefox.log" 2>&1 || true
  [ -s "$work/shot.png" ] || { echo "Firefox did not load $url" >&2; tail -5 "$work/firefox.log" >&2; }
  rm -f "$work/shot.png"
}

firefox_h3() { run_firefox "https://$1/" "network.http.http3.alt-svc-mapping-for-testing:\"$1;h3=:443\""; }

run_ssh() {
  in_client ssh -F /dev/null -i "$work/user_key" -o StrictHostKeyChecking=no -o UserKnownHostsFile=/dev/null -o LogLevel=ERROR \
    root@git.example.net 'seq 400' >/dev/null
}

# A TLS client that sends no server_name: only the DNS answer before it tells the site.
run_nameless() {
  printf 'GET /media.bin HTTP/1.1\r\nHost: %s\r\nConnection: close\r\n\r\n' "$1" |
    in_client timeout 5 openssl s_client -quiet -noservername -connect "$1:443" >/dev/null 2>&1 || true
}

capture_curl_http() { run_curl http://example.org/ http://example.org/app.js; run_curl -4 http://www.msftconnecttest.com/connecttest.txt; }
capture_curl_tls12() { run_curl --tls-max 1.2 https://github.com/ https://github.com/app.js; run_curl --tls-max 1.2 --http1.1 https://api.github.com/; }
capture_curl_tls13() { run_curl https://discord.com/app.js; run_curl --http1.1 https://www.netflix.com/; }
capture_curl_ipv6() { run_curl -6 https://www.wikipedia.org/app.js; run_curl -6 http://example.org/; }
capture_chromium_tls() { run_chromium https://www.youtube.com/ --disable-quic; run_chromium https://www.netflix.com/ --disable-quic; }
capture_chromium_quic() {
  run_chromium https://www.youtube.com/ --enable-quic \
    --origin-to-force-quic-on=www.youtube.com:443,i.ytimg.com:443,rr3---sn-4g5ednsl.googlevideo.com:443
}
capture_firefox_tls() { run_firefox https://discord.com/ network.http.http3.enable:false; }
capture_firefox_quic() { firefox_h3 www.google.com; }
capture_dig_dns() {
  local dig='dig +tries=1 +time=2 @192.0.2.1'
  in_client $dig www.youtube.com A; in_client $dig www.wikipedia.org AAAA; in_client $dig www.youtube.com TYPE65
  in_client $dig www.github.com A; in_client $dig no-such-host.example.org A; in_client $dig +tcp www.netflix.com A
  in_client $dig +tcp +keepopen discord.com A github.com A
} >/dev/null
capture_ssh() { run_ssh; }
capture_nameless_tls() { run_nameless web.whatsapp.com; }

# A morning of one machine, for the first look at the program.
capture_demo() {
  in_client dig +tries=1 @192.0.2.1 www.wikipedia.org AAAA >/dev/null
  run_curl -4 http://www.msftconnecttest.com/connecttest.txt
  run_curl -4 http://example.org/ http://example.org/app.js
  capture_chromium_quic
  run_ssh &
  run_chromium https://www.netflix.com/ --disable-quic
  run_curl https://api.github.com/app.js
  run_curl --tls-max 1.2 https://github.com/media.bin
  firefox_h3 www.google.com
  run_firefox https://discord.com/
  run_curl https://www.tiktok.com/media.bin
  run_curl -6 https://www.wikipedia.org/app.js
  run_curl https://open.spotify.com/media.bin
  run_curl https://shop.example.com/app.js
  run_nameless web.whatsapp.com
}

make_network
make_certificates
make_pages
start_servers
all='curl-http.pcap curl-tls12.pcap curl-tls13.pcap curl-ipv6.pcap chromium-tls.pcap chromium-quic.pcap
  firefox-tls.pcap firefox-quic.pcapng dig-dns.pcap ssh.pcap nameless-tls.pcap demo.pcap'
for file in ${*:-$all}; do
  name=${file%%.*}
  record "$file" "capture_${name//-/_}"
done
