# Build:  docker build --tag errand .
# Serve:  docker run -e ERRAND_UNGUARDED=true -p 127.0.0.1:8000:8000 -v errand:/var/lib/errand errand
#
# Inside a container the service has to listen on every address, which it refuses to do while anyone who reaches it may
# call. ERRAND_UNGUARDED=true says that something in front decides who may: here the published port, which is this
# machine's own; the image never says it by itself. To serve others, make keys instead: see deploy/README.md.
#
# The image holds a bundle for the starter catalogue. For a catalogue of your own, mount it and build its bundle once:
#   docker run --rm -v errand:/var/lib/errand -v ./catalogue:/catalogue:ro -e ERRAND_CATALOGUE=/catalogue \
#     errand train --out /var/lib/errand/bundle
# and serve with the same mounts, ERRAND_CATALOGUE=/catalogue and ERRAND_BUNDLE=/var/lib/errand/bundle.

FROM python:3.13-slim AS builder

ENV PIP_DISABLE_PIP_VERSION_CHECK=1 \
    PIP_NO_CACHE_DIR=1 \
    PIP_ROOT_USER_ACTION=ignore

WORKDIR /build

# What is served gets no pip; what builds stays behind in this stage.
COPY requirements.txt requirements-build.txt requirements-limits.txt requirements-events.txt ./
RUN python -m venv --without-pip /opt/errand \
    && pip --python /opt/errand/bin/python install --require-hashes --only-binary :all: -r requirements.txt \
    && pip install --require-hashes --only-binary :all: -r requirements-build.txt

# Extras to serve with, one space between them: --build-arg EXTRAS="limits events". nkeys has no wheel, so one is built.
ARG EXTRAS=""
RUN for extra in $EXTRAS; do \
        pip wheel --require-hashes --only-binary :all: --no-binary nkeys --no-build-isolation \
            --wheel-dir extras -r "requirements-$extra.txt" \
        && pip --python /opt/errand/bin/python install --no-deps --no-index extras/*.whl \
        || exit 1; \
    done

COPY pyproject.toml README.md LICENSE ./
COPY migrations migrations
COPY models models
COPY service service
RUN pip wheel --no-deps --no-build-isolation --no-index --wheel-dir dist . \
    && pip --python /opt/errand/bin/python install --no-deps --no-index dist/*.whl

# ONNX Runtime's releases report to their maker unless they are told not to before they start.
ENV ORT_DISABLE_TELEMETRY=1

# The encoder's weights came with the requirements, so this needs no network. It is the same bundle in every build.
RUN ERRAND_HOME=/tmp/errand /opt/errand/bin/errand train --out /opt/errand/bundle \
    && rm -rf /tmp/errand


FROM python:3.13-slim

LABEL org.opencontainers.image.title="Errand" \
      org.opencontainers.image.description="Finds out what a customer came for and sends the contact to where it gets done." \
      org.opencontainers.image.licenses="Apache-2.0"

ENV PATH=/opt/errand/bin:$PATH \
    PYTHONDONTWRITEBYTECODE=1 \
    PYTHONUNBUFFERED=1 \
    HOME=/var/lib/errand \
    ORT_DISABLE_TELEMETRY=1 \
    ERRAND_HOME=/var/lib/errand \
    ERRAND_BUNDLE=/opt/errand/bundle \
    ERRAND_HOST=0.0.0.0 \
    ERRAND_PORT=8000

# Root owns what is served, so the service can change neither its code nor its bundle; its own is the volume alone.
RUN install --directory --owner 10001 --group 10001 --mode 700 /var/lib/errand
COPY --from=builder /opt/errand /opt/errand

USER 10001:10001
WORKDIR /var/lib/errand
VOLUME /var/lib/errand
EXPOSE 8000
STOPSIGNAL SIGTERM

# Straight to this container, whatever proxy its environment names.
HEALTHCHECK --interval=10s --timeout=3s --start-period=30s --retries=3 \
    CMD ["python", "-c", "import os, urllib.request as u; u.build_opener(u.ProxyHandler({})).open('http://127.0.0.1:' + os.environ['ERRAND_PORT'] + '/healthz', timeout=2)"]

# SIGTERM waits up to 20 seconds for open requests, up to 20 for deliveries that were begun, then for the last commits:
# give `docker stop` and the like 60.
ENTRYPOINT ["errand"]
CMD ["serve"]
