# The whole product in one container: page, admin, workers. What it keeps lies in /data.
#   docker build -t statuspage .  &&  docker run -p 3000:3000 -v statuspage:/data statuspage
# Any image of Debian's kind with python3 (3.11 or newer, with venv) will do:
#   docker build --build-arg PYTHON=registry.example.com/python:3.13-slim-trixie .
ARG PYTHON=python:3.12-slim-bookworm

FROM ${PYTHON} AS packages
WORKDIR /app
# With every optional library: Redis, mail providers, paging services, all kinds of monitors.
COPY requirements-extras.lock .
# pip stays here, in a venv of its own; the image has none.
RUN python3 -m venv /pip \
    && python3 -m venv --without-pip .venv \
    && /pip/bin/python -m pip --python .venv/bin/python install --no-cache-dir --no-compile \
       --require-hashes --no-deps -r requirements-extras.lock

FROM ${PYTHON}
RUN useradd --system --uid 10001 --home-dir /data --no-create-home statuspage \
    && install -d -o statuspage -m 0750 /data \
    && install -d -o statuspage -m 0755 /page
WORKDIR /app
COPY --from=packages /app/.venv .venv
COPY . .
# Compiled here, for nothing in /app can be written later; the first start is faster for it.
RUN .venv/bin/python -m compileall -q .venv components incidents maintenance monitors statuspage subscribers
USER statuspage
ENV PATH=/app/.venv/bin:$PATH \
    PYTHONDONTWRITEBYTECODE=1 \
    STATUSPAGE_DATA_DIR=/data \
    STATUSPAGE_REPOSITORY_PATH=/page \
    STATUSPAGE_HOST=0.0.0.0
# The copy of the page has a volume of its own, which a proxy may read: /data holds secrets.
VOLUME /data /page
EXPOSE 3000
# Asks the management listener, wherever the settings put it.
HEALTHCHECK --start-period=30s --interval=10s --timeout=5s CMD \
    ["python", "-m", "statuspage.runtime.container_health"]
# SIGTERM goes to `up`, which has stopped everything within five seconds.
CMD ["python", "manage.py", "up"]
