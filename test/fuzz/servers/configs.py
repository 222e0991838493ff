"""Servers whose application answers "[METHOD TARGET BODYSIZE]" on a port of loopback: their files, and how to start them."""
import os
import shutil
import subprocess

NGINX = """worker_processes 1;
daemon off;
pid nginx.pid;
error_log error.log;
events { worker_connections 256; }
http {
    access_log off;
    client_body_temp_path body;
    proxy_temp_path proxy;
    fastcgi_temp_path fastcgi;
    uwsgi_temp_path uwsgi;
    scgi_temp_path scgi;
    server { listen 127.0.0.1:PORT default_server; location / { return 200 "[$request_method $request_uri -]\\n"; } }
}
"""
APACHE = """ServerRoot /usr/lib/apache2
LoadModule mpm_event_module modules/mod_mpm_event.so
LoadModule authz_core_module modules/mod_authz_core.so
LoadModule lua_module modules/mod_lua.so
PidFile DIR/apache.pid
DefaultRuntimeDir DIR
ErrorLog DIR/error.log
ServerName a
Listen 127.0.0.1:PORT
StartServers 1
User nobody
Group nogroup
<Directory />
Require all granted
</Directory>
LuaMapHandler .* DIR/echo.lua handle
"""
LUA = """function handle(r)
  r.content_type = "text/plain"
  r:requestbody()
  r:puts("[" .. r.method .. " " .. r.unparsed_uri .. " -]\\n")
  return apache2.OK
end
"""
HAPROXY = """defaults
  mode http
  timeout client 3s
  timeout server 3s
  timeout connect 3s
frontend f
  bind 127.0.0.1:PORT
  option http-buffer-request
  http-request return status 200 content-type text/plain lf-string "[%[method] %[capture.req.uri] -]\\n"
"""
LIGHTTPD = """server.document-root = "DIR"
server.port = PORT
server.bind = "127.0.0.1"
server.errorlog = "DIR/error.log"
server.modules = ("mod_rewrite", "mod_cgi")
url.rewrite-once = ("" => "/echo.cgi")
cgi.assign = (".cgi" => "/bin/sh")
"""
CGI = r"""n=$(wc -c)
printf 'Content-Type: text/plain\r\n\r\n[%s %s %s]\n' "$REQUEST_METHOD" "$REQUEST_URI" "$n"
"""
NODE = """require('http').createServer({ insecureHTTPParser: process.argv[2] === 'lenient' }, (q, s) => {
  let n = 0;
  q.on('data', (d) => { n += d.length; });
  q.on('end', () => s.end(`[${q.method} ${q.url} ${n}]\\n`));
  q.on('error', () => {});
}).listen(PORT, '127.0.0.1');
"""
GO = """package main

import (
	"fmt"
	"io"
	"net/http"
)

func main() {
	http.ListenAndServe("127.0.0.1:PORT", http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		b, _ := io.ReadAll(r.Body)
		fmt.Fprintf(w, "[%s %s %d]\\n", r.Method, r.RequestURI, len(b))
	}))
}
"""
PYTHON = """def text(method, target, size):
    return f'[{method} {target} {size}]\\n'.encode('latin-1', 'replace')

def app(environ, start):
    size = 0
    while data := environ['wsgi.input'].read(4096):
        size += len(data)
    body = text(environ['REQUEST_METHOD'], environ.get('RAW_URI') or environ.get('PATH_INFO'), size)
    start('200 OK', [('Content-Type', 'text/plain'), ('Content-Length', str(len(body)))])
    return [body]

async def asgi(scope, receive, send):
    if scope['type'] != 'http':
        return
    size, more = 0, True
    while more:
        message = await receive()
        size += len(message.get('body', b''))
        more = message.get('more_body')
    query = scope['query_string'].decode('latin-1')
    body = text(scope['method'], scope['raw_path'].decode('latin-1') + ('?' + query if query else ''), size)
    await send({'type': 'http.response.start', 'status': 200, 'headers': [(b'content-length', str(len(body)).encode())]})
    await send({'type': 'http.response.body', 'body': body})
"""
AIOHTTP = """from aiohttp import web

async def handle(request):
    text = f'[{request.method} {request.raw_path} {len(await request.read())}]\\n'
    return web.Response(body=text.encode('utf-8', 'surrogateescape'))

app = web.Application()
app.router.add_route('*', '/{target:.*}', handle)
web.run_app(app, host='127.0.0.1', port=PORT, print=None)
"""
JSP = """<%@ page contentType="text/plain" %><% int n = 0; java.io.InputStream in = request.getInputStream();
while (in.read() >= 0) n++; out.print("[" + request.getMethod() + " " + request.getRequestURI() + " " + n + "]\\n"); %>
"""
WEB = """<web-app xmlns="https://jakarta.ee/xml/ns/jakartaee" version="5.0">
<servlet><servlet-name>e</servlet-name><jsp-file>/e.jsp</jsp-file></servlet>
<servlet-mapping><servlet-name>e</servlet-name><url-pattern>/*</url-pattern></servlet-mapping>
</web-app>
"""
CATALINA = "/usr/share/tomcat10/bin/catalina.sh"

# name: (program, files, command). DIR and PORT are replaced.
SERVERS = {
    "nginx": ("nginx", {"nginx.conf": NGINX}, "nginx -p DIR -c nginx.conf -e error.log"),
    "apache": ("apache2", {"apache.conf": APACHE, "echo.lua": LUA}, "apache2 -X -f DIR/apache.conf"),
    "haproxy": ("haproxy", {"haproxy.cfg": HAPROXY}, "haproxy -f haproxy.cfg"),
    "lighttpd": ("lighttpd", {"lighttpd.conf": LIGHTTPD, "echo.cgi": CGI}, "lighttpd -D -f lighttpd.conf"),
    "go": ("go", {"main.go": GO}, "./echo"),
    "tomcat": (CATALINA, {}, f"env CATALINA_BASE=DIR/base JAVA_OPTS=-Xmx128m {CATALINA} run"),
    "node": ("node", {"echo.js": NODE}, "node echo.js"),
    "node-lenient": ("node", {"echo.js": NODE}, "node echo.js lenient"),
    "gunicorn": ("gunicorn", {"app.py": PYTHON}, "gunicorn -k gthread --threads 4 -b 127.0.0.1:PORT --keep-alive 2 app:app"),
    "aiohttp": ("/usr/lib/python3/dist-packages/aiohttp", {"serve.py": AIOHTTP}, "/usr/bin/python3 serve.py"),
    "uvicorn-h11": ("uvicorn", {"app.py": PYTHON}, "uvicorn --http h11 --port PORT --log-level critical app:asgi"),
    "waitress": ("waitress-serve", {"app.py": PYTHON}, "waitress-serve --listen=127.0.0.1:PORT app:app"),
}


def is_there(name):
    program = SERVERS[name][0]
    return shutil.which(program) or os.path.isdir(program)


def prepare(name, directory, port):
    if name == "go":
        subprocess.run(["go", "build", "-o", "echo", "main.go"], cwd=directory, env=dict(os.environ, GO111MODULE="off"), check=True)
    if name == "tomcat":
        base = os.path.join(directory, "base")
        subprocess.run(["tomcat10-instance-create", "-p", str(port), "-c", str(port + 1000), base], check=True, capture_output=True)
        root = os.path.join(base, "webapps/ROOT")
        os.makedirs(os.path.join(root, "WEB-INF"))
        for path, text in (("e.jsp", JSP), ("WEB-INF/web.xml", WEB)):
            with open(os.path.join(root, path), "w", encoding="ascii") as file:
                file.write(text)


def start(name, directory, port):
    """Starts a server in a directory of its own."""
    _, files, command = SERVERS[name]
    os.mkdir(directory)
    os.chmod(directory, 0o755)
    for file, text in files.items():
        with open(os.path.join(directory, file), "w", encoding="ascii") as out:
            out.write(text.replace("PORT", str(port)).replace("DIR", directory))
    prepare(name, directory, port)
    words = command.replace("PORT", str(port)).replace("DIR", directory).split()
    with open(os.path.join(directory, "log"), "w", encoding="ascii") as log:
        return subprocess.Popen(words, cwd=directory, stdout=log, stderr=log)
