# Server, dispatcher and simulator: one image, the command says which. Built by BuildKit.
#
# PYTHON_IMAGE: any Debian with a python3 of 3.11 or newer that can make virtual environments.
# Secrets, all optional, for machines that get packages in another way: pip, a pip.conf; ca, a file of
# certificates that it may name as /run/secrets/ca. Nothing of them stays in the image.
ARG PYTHON_IMAGE=python:3.11-slim

FROM ${PYTHON_IMAGE} AS build
WORKDIR /src
COPY requirements/run.txt requirements/build.txt requirements/
RUN --mount=type=secret,id=pip,target=/etc/pip.conf --mount=type=secret,id=ca \
    python3 -m venv /build \
    && python3 -m venv --without-pip /srv/acd \
    && /build/bin/pip install --disable-pip-version-check --no-cache-dir --quiet --require-hashes -r requirements/build.txt \
    && /build/bin/pip --python /srv/acd/bin/python install --disable-pip-version-check --no-cache-dir --quiet --require-hashes -r requirements/run.txt
COPY pyproject.toml README.md ./
COPY acd_server acd_server
COPY dispatcher dispatcher
COPY clients clients
RUN /build/bin/pip wheel --disable-pip-version-check --quiet --no-deps --no-build-isolation --wheel-dir /wheels . \
    && /build/bin/pip --python /srv/acd/bin/python install --disable-pip-version-check --quiet --no-index --no-deps /wheels/*.whl \
    && python3 -m compileall -q /srv/acd

FROM ${PYTHON_IMAGE}
COPY --from=build /srv/acd /srv/acd
ENV PATH=/srv/acd/bin:$PATH PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1
USER 10001:10001
ENTRYPOINT ["acd"]
CMD ["serve"]
