# The commands of Duban. Variables are handed over by the environment, so that any text in them stays text.
SHELL := /bin/bash
.SHELLFLAGS := -eu -o pipefail -c
.DEFAULT_GOAL := help
PYTHON ?= python3.11
BIN := .venv/bin
RUN := PYTHONPATH=. $(BIN)/python -m
export PERIOD REGISTRY INBOX OUT RECEIVED PREVIOUS APPROVE SYSTEM SCHEME DUBAN_NOW SEND PORT MAIL_PORT
export UNIT ALL FILE FROM BY STREETS TO AS_OF FRESH TESTS ACCOUNT UNITS
# What Python has compiled is kept, whatever the machine says: else each of our processes compiles all of our modules again.
unexport PYTHONDONTWRITEBYTECODE

.PHONY: help setup demo close rerun up down password why registry check-systems rebuild backup restore test test-long test-scale test-python sbom audit lint docs pictures lock bench clean secrets images cluster cluster-down cluster-tools test-cluster

help: ## 列出全部命令
	@grep -E '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:[^#]*##/\t/' | expand -t 12

setup: .venv/installed ## 建立 .venv，取得中文字体
	@$(RUN) ops.fonts

.venv/installed: requirements.txt requirements-demo.txt
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info[:2] != (3, 11))' || { echo "需要 Python 3.11：请安装，或用 PYTHON=路径 指定。" >&2; exit 2; }
	@test -x $(BIN)/python || $(PYTHON) -m venv .venv
	@$(BIN)/python -m ops.install requirements.txt
	@$(BIN)/python -m ops.install requirements-demo.txt
	@touch $@

.venv/installed-dev: requirements-dev.txt .venv/installed
	@$(BIN)/python -m ops.install requirements-dev.txt
	@touch $@

demo: setup ## 在模拟日历上演示一个街道的半年考评
	@$(RUN) ops.demo

close: setup ## 对任意登记册和来件结账：PERIOD= REGISTRY= INBOX= OUT= [SYSTEM= RECEIVED= PREVIOUS= APPROVE= DUBAN_NOW= FRESH=1]
	@$(RUN) ops.close --period "$$PERIOD" --registry "$$REGISTRY" --inbox "$$INBOX" --out "$$OUT" --received "$$RECEIVED" \
	  --previous "$$PREVIOUS" --approve "$$APPROVE" --system "$$SYSTEM" --scheme "$$SCHEME" --now "$$DUBAN_NOW" --fresh "$$FRESH"

rerun: setup ## 在上次 demo 或 close 的数据上重算：PERIOD= [INBOX= SEND=1 DUBAN_NOW=]
	@$(RUN) ops.rerun --period "$$PERIOD" --inbox "$$INBOX" --send "$$SEND" --now "$$DUBAN_NOW"

up: setup ## 在后台启动整套 Airflow，页面在 127.0.0.1:8080 [PORT= MAIL_PORT=]
	@$(RUN) ops.up up --port "$${PORT:-8080}" --mail-port "$${MAIL_PORT:-8025}"

down: ## 停止 make up 启动的全部进程
	@test -x $(BIN)/python || { echo "没有在运行。"; exit 0; }; $(RUN) ops.up down

password: .venv/installed ## 给忘了密码的账号另发一个首次密码：ACCOUNT=
	@$(RUN) ops.up password --account "$$ACCOUNT"

why: .venv/installed ## 某个期间的通知为什么没有发出：PERIOD= [UNIT=名称或编码 ALL=1]
	@$(RUN) ops.why $${ALL:+--all} -- "$$PERIOD" "$$UNIT"

registry: .venv/installed ## 导入登记册（CSV 或文件夹），写明从哪天起：FILE= FROM=2026-03-01 BY=经办人 [STREETS=]
	@$(RUN) ops.import_registry --file "$${FILE:-$$REGISTRY}" --from "$$FROM" --by "$$BY" --streets "$$STREETS"

check-systems: .venv/installed ## 检查全部制度的文件，逐条列出错误
	@$(RUN) ops.check_systems

rebuild: .venv/installed ## 由原件和决定在新数据库里重建，并列出差别：TO=新文件 [AS_OF=2026-08-20T09:00:00]
	@$(RUN) ops.fonts | grep -v 已就绪 || true
	@$(RUN) ops.rebuild --to "$$TO" --as-of "$$AS_OF"

backup: .venv/installed ## 备份数据库、档案、制度、机关设置和密钥，可在运行中进行：TO=备份文件夹
	@$(RUN) ops.backup --to "$$TO"

restore: .venv/installed ## 从备份恢复到空的地方：FROM=备份文件夹，或其中某一天的
	@$(RUN) ops.restore --from "$$FROM"

lint: .venv/installed-dev ## 代码检查
	@$(BIN)/pip check
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/mypy

docs: .venv/installed-dev ## 重新生成 docs/ 下由代码生成的页面
	@$(RUN) ops.indicators_doc
	@$(RUN) ops.dags_doc
	@$(RUN) ops.data_dictionary
	@$(RUN) ops.system_schema

pictures: .venv/installed-dev ## 重拍使用说明里的图：先 make demo、make up，机器上要有 Chromium
	@$(RUN) ops.pictures --port "$${PORT:-8080}" --mail-port "$${MAIL_PORT:-8025}"

test: lint setup ## 每次改动都要通过的测试
	@$(RUN) pytest -m "not long and not cluster" -n 2 --dist loadfile --no-loadscope-reorder

test-long: .venv/installed-dev setup ## 长时间的测试：模糊、故障、整体重跑
	@$(RUN) pytest -m "long and not cluster and not scale" -n 2 --dist loadfile --no-loadscope-reorder

test-scale: .venv/installed-dev ## 在一个国家那么大的 PostgreSQL 上查每条语句的执行计划（几十分钟，约 40 GB）：[UNITS=620573]
	@$(RUN) pytest -m scale -n 0 tests/db

secrets: ## 在服务器上写出 secrets/（密码和密钥，一个文件一项）、office/ 和 .env：sudo make secrets
	@python3 -m ops.compose.make_secrets

cluster-tools: .venv/installed-dev ## 没有 Docker 的 Debian 上由 root 安装 podman 等，供下面的命令用
	@$(RUN) ops.cluster.tools

images: .venv/installed-dev ## 构建镜像；取不到公共基础镜像时在本机做
	@$(RUN) ops.cluster.images

cluster: .venv/installed-dev setup ## 真正运行 docker-compose.yaml，在上面演示一遍，与 var/demo 比较 [PORT=]
	@$(RUN) ops.cluster.up up --port "$${PORT:-8180}"

cluster-down: .venv/installed-dev ## 清除 make cluster 的全部容器、卷和网络
	@$(RUN) ops.cluster.up down

test-cluster: .venv/installed-dev setup ## 在 docker-compose.yaml 上反复拔插头：杀进程、断邮件服务器、拨钟、磁盘满（几十分钟）
	@$(RUN) pytest tests/cluster -m cluster

bench: .venv/installed-dev setup ## 性能比值
	@$(RUN) bench

var/audit/installed: requirements-audit.txt
	@test -x var/audit/bin/python || $(PYTHON) -m venv var/audit
	@var/audit/bin/python ops/install.py requirements-audit.txt
	@touch $@

sbom: .venv/installed var/audit/installed ## 软件清单（CycloneDX）写到 var/sbom.json，并核对每个软件包的许可证
	@$(RUN) ops.sbom

audit: .venv/installed var/audit/installed ## 查锁定的依赖有没有已知漏洞；公告源都连不上时写明没有审计
	@$(RUN) ops.audit

var/lock/bin/uv:
	@python3.11 -m venv var/lock && var/lock/bin/pip install --quiet uv

test-python: var/lock/bin/uv ## 用较新的 Python 运行测试（支持的是 3.11）：PYTHON=python3.13 [TESTS=tests/scoring]
	@test -x $(BIN)/python || { echo "请先运行 make setup。" >&2; exit 2; }
	@$(RUN) ops.test_python --python "$(if $(filter command line environment,$(origin PYTHON)),$(PYTHON))" --tests "$$TESTS"

lock: var/lock/bin/uv ## 由 requirements*.in 重新锁定依赖（带哈希）
	@for name in requirements requirements-demo requirements-dev requirements-audit; do \
	  var/lock/bin/uv pip compile $$name.in -o $$name.txt --generate-hashes --no-emit-index-url --no-annotate --no-header --python-version 3.11; \
	done

clean: down ## 删除运行数据（不动 .venv 和字体）
	@rm -rf var/run var/demo var/demo-inbox var/demo-systems var/demo-inbox-systems var/out
