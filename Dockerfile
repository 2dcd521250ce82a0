# Duban in one image: every Airflow component and every command runs from it. Built from the hashed lock alone.
# The base images are exact tags; docs/operations.md shows how to pin one by its digest.
ARG PYTHON_IMAGE=python:3.11.13-bookworm
ARG PYTHON_SLIM_IMAGE=python:3.11.13-slim-bookworm

FROM ${PYTHON_IMAGE} AS build
COPY requirements.txt /tmp/requirements.txt
RUN python -m venv /opt/venv \
 && /opt/venv/bin/pip install --no-cache-dir --require-hashes --no-deps -r /tmp/requirements.txt

# The Chinese faces that the PDF embeds; without them there is no image.
FROM build AS faces
WORKDIR /opt/duban
COPY include/__init__.py include/errors.py include/settings.py include/
COPY include/typesetting/__init__.py include/typesetting/fonts.py include/typesetting/
COPY ops/__init__.py ops/fonts.py ops/
RUN /opt/venv/bin/python -m ops.fonts && ls var/fonts/FandolFang-Regular.otf

# What a server runs. Root owns the code; the user that runs it can write into /data and Airflow's own folders alone.
FROM ${PYTHON_SLIM_IMAGE} AS production
RUN useradd --uid 10001 --gid 0 --no-create-home --home-dir /tmp duban \
 && install -d -o 10001 -g 0 -m 0770 /data /data/inbox /data/archive /data/out /data/reports /data/auth /data/logs
COPY --from=build /opt/venv /opt/venv
COPY --from=faces /opt/duban/var/fonts /opt/duban/var/fonts
# Which version it is, as backups say it.
COPY pyproject.toml /opt/duban/
COPY dags /opt/duban/dags
COPY plugins /opt/duban/plugins
COPY include /opt/duban/include
COPY systems /opt/duban/systems
COPY ops /opt/duban/ops
RUN chmod -R a+rX /opt/duban && /opt/venv/bin/python -m compileall -q /opt/duban
ENV PATH=/opt/venv/bin:$PATH PYTHONPATH=/opt/duban AIRFLOW_HOME=/tmp/airflow LANG=C.UTF-8 PYTHONUNBUFFERED=1
WORKDIR /opt/duban
USER 10001:0
CMD ["airflow", "version"]

# What `make cluster` plays the demo with: the tools of the demo on top. No server needs it.
FROM build AS tools
COPY requirements-demo.txt /tmp/requirements-demo.txt
RUN /opt/venv/bin/pip install --no-cache-dir --target /opt/tools --require-hashes --no-deps -r /tmp/requirements-demo.txt

FROM production AS demo
COPY --from=tools /opt/tools /opt/tools
ENV PYTHONPATH=/opt/duban:/opt/tools
