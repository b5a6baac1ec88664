# One image for all processes: `ciclo api`, `ciclo worker billing`, ... The settings are CICLO_ variables.

FROM python:3.12-slim AS build
ENV PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_NO_CACHE_DIR=1 PIP_ROOT_USER_ACTION=ignore
WORKDIR /source
COPY requirements.lock requirements-image.lock requirements-node.lock requirements-otel.lock ./
# `--build-arg EXTRAS=otel` adds what sends traces.
ARG EXTRAS=""
# Exactly what the locks name: nothing is resolved here either. The image gets the first environment; the second one
# builds the wheel, web pages included, with the tools and the npm of the locks.
RUN python -m venv /opt/ciclo && python -m venv /opt/build \
 && /opt/ciclo/bin/pip install --no-deps --require-hashes --only-binary=:all: --requirement requirements-image.lock \
 && for extra in $EXTRAS; do /opt/ciclo/bin/pip install --no-deps --require-hashes --only-binary=:all: \
      --requirement "requirements-$extra.lock" || exit 1; done \
 && /opt/build/bin/pip install --no-deps --require-hashes --only-binary=:all: \
      --requirement requirements.lock --requirement requirements-node.lock
COPY . .
RUN /opt/build/bin/pip wheel --no-deps --no-build-isolation --wheel-dir /opt/wheels . \
 && /opt/ciclo/bin/pip install --no-deps --no-index /opt/wheels/*.whl \
 && /opt/ciclo/bin/pip check \
 && /opt/ciclo/bin/pip uninstall --yes pip

FROM python:3.12-slim AS run
LABEL org.opencontainers.image.title="Ciclo" \
      org.opencontainers.image.description="Subscription billing over GraphQL, Redis Streams and MongoDB" \
      org.opencontainers.image.licenses="Apache-2.0"
RUN useradd --system --uid 10001 --user-group --no-create-home --shell /usr/sbin/nologin ciclo
COPY --from=build /opt/ciclo /opt/ciclo
ENV PATH="/opt/ciclo/bin:$PATH" PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1 CICLO_HOST=0.0.0.0 PORT=8000
USER 10001
EXPOSE 8000
# Any answer below 500 will do: with CICLO_ALLOWED_HOSTS set, this host name is refused by a process that lives.
# Workers have no port: compose.yaml turns the check off for them.
HEALTHCHECK --interval=10s --timeout=5s --start-period=20s --retries=3 \
  CMD ["python", "-c", "import http.client, os, sys; c = http.client.HTTPConnection('127.0.0.1', int(os.environ['PORT']), timeout=4); c.request('GET', '/healthz'); sys.exit(c.getresponse().status >= 500)"]

# For platforms that run commands by a shell, such as Heroku: `ciclo api`, `ciclo worker billing`, ...
FROM run AS shell
CMD ["ciclo", "api"]

FROM run
ENTRYPOINT ["ciclo"]
CMD ["api"]
