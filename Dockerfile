# Duban in one image: every Airflow component and every command runs from it. Built from the hashed lock alone.
FROM python:3.11-bookworm AS build
COPY requirements.txt /tmp/requirements.txt
RUN python -m venv /opt/venv \
 && /opt/venv/bin/pip install --no-cache-dir --require-hashes --no-deps -r /tmp/requirements.txt

FROM python:3.11-slim-bookworm
RUN useradd --uid 10001 --gid 0 --create-home --home-dir /opt/airflow duban \
 && mkdir -p /opt/duban /opt/airflow/logs /opt/airflow/auth /data/inbox /data/archive /data/out /data/reports \
 && chown -R duban:0 /opt/duban /opt/airflow /data
COPY --from=build /opt/venv /opt/venv
COPY --chown=duban:0 dags /opt/duban/dags
COPY --chown=duban:0 plugins /opt/duban/plugins
COPY --chown=duban:0 include /opt/duban/include
COPY --chown=duban:0 systems /opt/duban/systems
COPY --chown=duban:0 ops /opt/duban/ops
ENV PATH=/opt/venv/bin:$PATH PYTHONPATH=/opt/duban AIRFLOW_HOME=/opt/airflow PYTHONUNBUFFERED=1
WORKDIR /opt/duban
USER duban
# The Chinese faces that the PDF embeds; where the build has no network, it says so and Word files come all the same.
RUN python -m ops.fonts
CMD ["airflow", "version"]
