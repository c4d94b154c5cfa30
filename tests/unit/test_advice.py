from decimal import Decimal

import msgspec
import pytest
from measure_fixture import cold_start, cost, cpu, facts, findings, imports, memory, node, point

from headstart.measure import advice_init, advice_invoke, advice_risk
from headstart.measure.advice import advise, score
from headstart.model.function import Architecture
from headstart.model.results import AllocationSite, HandlerWork, TopLevelWork, Traffic

SHARE_512 = 512 / 1769


def by_id(advice):
    return {item.id: item for item in advice}


def at(line, importer="app.py"):
    return {"line": line, "importer": importer, "own_statement": True}


def app(*children):
    return imports(node("app", 5.0, *children, used=True))


NUMPY = node("numpy", 80.0, node("numpy.core", 20.0, memory_mb=10.0), memory_mb=18.0, importer="pandas/__init__.py")
PANDAS = node("pandas", 200.0, NUMPY, memory_mb=40.0, **at(3))


class TestUnusedImports:
    def found(self, *children, **changes):
        return list(advice_init.unused_imports(findings(imports=app(*children), **changes)))

    def test_an_import_that_no_event_used_saves_all_it_loads(self):
        (advice,) = self.found(PANDAS)
        assert advice.place == "app.py:3"
        assert advice.saves_cold_ms == pytest.approx(300)
        assert advice.saves_warm_ms == 0
        assert "pandas and 2 modules" in advice.evidence
        assert "300 of 800 ms" in advice.evidence
        assert "40 MB" in advice.evidence
        assert not advice.measured

    def test_the_price_of_the_moved_import_at_this_memory_size_is_told(self):
        (advice,) = self.found(PANDAS)
        assert f"about {300 / SHARE_512:,.0f} ms" in advice.evidence
        assert "0.29 of a vCPU" in advice.evidence
        (at_full_speed,) = self.found(PANDAS, function=facts(memory_mb=1769))
        assert "about 300 ms" in at_full_speed.evidence

    def test_what_it_saves_in_usd_is_the_cold_share_of_the_ms(self):
        (advice,) = self.found(PANDAS)
        assert float(advice.saves_usd_month) == pytest.approx(10_000 * 0.3 * 0.5 * 0.0000166667, abs=1e-6)

    def test_a_module_that_was_used_stays_loaded_with_all_it_loads(self):
        numpy = msgspec.structs.replace(NUMPY, used=True, subtree_used=True)
        (advice,) = self.found(node("pandas", 200.0, numpy, memory_mb=40.0, **at(3)))
        assert advice.saves_cold_ms == pytest.approx(200)
        assert "22 MB" in advice.evidence

    def test_a_package_whose_submodule_was_used_stays_loaded_whoever_loaded_it(self):
        core = node("numpy.core", 1.0, used=True, **at(9))
        (advice,) = self.found(PANDAS, core)
        assert advice.saves_cold_ms == pytest.approx(200)

    def test_one_statement_with_several_modules_is_one_advice(self):
        (advice,) = self.found(node("a", 10.0, **at(4)), node("b", 20.0, **at(4)))
        assert advice.saves_cold_ms == 30

    def test_the_statement_is_looked_for_in_all_of_the_users_own_modules(self):
        library = node("lib.tables", 1.0, msgspec.structs.replace(PANDAS, importer="lib/tables.py"), used=True, **at(1))
        (advice,) = self.found(library)
        assert advice.place == "lib/tables.py:3"

    def test_lines_of_installed_packages_are_not_the_users_to_change(self):
        inner = node("pandas.plotting", 90.0, **at(8, importer="pandas/__init__.py") | {"own_statement": False})
        assert self.found(node("pandas", 1.0, inner, used=True, **at(3))) == []

    def test_used_tiny_and_late_imports_are_left_alone(self):
        assert (
            self.found(
                node("requests", 90.0, used=True, **at(2)),
                node("enum", 0.2, **at(3)),
                node("late", 90.0, in_handler=True, **at(9)),
            )
            == []
        )


class TestBytecode:
    def found(self, init_ms, **changes):
        with_bytecode = cold_start(init_ms=init_ms, **changes)
        return list(advice_init.bytecode(findings(imports=imports(without_bytecode=700), precompiled=with_bytecode)))

    def test_a_faster_copy_is_measured_advice(self):
        (advice,) = self.found(300.0)
        assert advice.saves_cold_ms == pytest.approx(500)
        assert advice.measured
        assert "700 modules" in advice.evidence
        assert "800 ms, with bytecode 300 ms" in advice.evidence

    def test_intervals_that_overlap_are_no_advice(self):
        assert self.found(798.0) == []
        assert self.found(900.0) == []

    def test_a_package_that_has_bytecode_has_nothing_to_gain(self):
        assert list(advice_init.bytecode(findings(imports=imports(), precompiled=cold_start(300.0)))) == []

    def test_without_a_copy_nothing_is_claimed(self):
        assert list(advice_init.bytecode(findings(imports=imports(without_bytecode=700)))) == []


def test_slow_lines_at_module_level_are_named():
    works = tuple(
        TopLevelWork(path="app.py", line=line, source="T = load()\n", self_ms=ms) for line, ms in ((7, 90.0), (8, 3.0))
    )
    (advice,) = advice_init.top_level_work(findings(imports=imports(top_level=works)))
    assert (advice.place, advice.saves_cold_ms) == ("app.py:7", 90)
    assert "`T = load()`" in advice.action


class TestHandlerImports:
    TREE = imports(
        node("app", 1.0, used=True),
        node("boto3", 700.0, used=True, subtree_used=True, in_handler=True, **at(12)),
    )

    def found(self, **changes):
        usual = {"imports": self.TREE, "function": facts(events=("one",))}
        return list(advice_init.handler_imports(findings(**(usual | changes))))

    def test_what_every_event_needs_belongs_in_init_where_it_is_faster(self):
        (advice,) = self.found()
        assert advice.saves_cold_ms == pytest.approx(700 * (1 - SHARE_512))
        assert advice.place == "app.py:12"

    def test_at_a_full_vcpu_or_for_some_events_only_it_is_well_placed(self):
        assert self.found(function=facts(events=("one",), memory_mb=1769)) == []
        assert self.found(function=facts(events=("one", "other"))) == []


class TestWorkInHandler:
    def found(self, calls, median_ms=60.0):
        work = HandlerWork(
            path="app.py",
            line=20,
            source="  s3 = boto3.client('s3')",
            what="a boto3 client",
            median_ms=median_ms,
            calls=calls,
            events=4,
        )
        return list(advice_invoke.work_in_handler(findings(imports=imports(handler_work=(work,)))))

    def test_what_each_invocation_makes_again_is_saved_in_each(self):
        (advice,) = self.found(4)
        assert advice.saves_warm_ms == 60
        assert advice.saves_cold_ms == pytest.approx(60 * (1 - SHARE_512))
        assert advice.place == "app.py:20"
        assert "4 times in 4 invocations" in advice.evidence
        (half,) = self.found(2)
        assert half.saves_warm_ms == 30

    def test_a_trifle_is_left_alone(self):
        assert self.found(4, median_ms=0.1) == []


class TestMemorySize:
    NOW = point(512, 100.0, "1.00")
    LITTLE_INIT = cost(init_per_million=Decimal("0.01"))

    def found(self, *others, now=NOW, **changes):
        return list(advice_invoke.memory_size(findings(cpu=cpu(now, *others), **changes)))

    def test_a_faster_size_at_the_same_cost_is_preferred_to_a_cheaper_one(self):
        (advice,) = self.found(
            point(1024, 50.0, "1.02"), point(1769, 29.0, "1.50"), point(448, 104.0, "0.60"), cost=self.LITTLE_INIT
        )
        assert "1024 MB" in advice.title
        assert advice.saves_warm_ms == 50
        assert advice.measured
        assert "slightly dearer" in advice.action
        # 0.02 more per million, and init at twice the price.
        assert advice.saves_usd_month == Decimal("-0.02") - Decimal("0.01")

    def test_init_at_twice_the_price_can_make_a_faster_size_too_dear(self):
        assert self.found(point(1024, 50.0, "1.02")) == []

    def test_a_cheaper_size_that_is_about_as_fast(self):
        (advice,) = self.found(point(256, 105.0, "0.55"), point(384, 101.0, "0.80"), memory=memory(used_mb=60.0))
        assert "256 MB" in advice.title
        assert advice.saves_warm_ms == pytest.approx(-5)
        assert advice.saves_usd_month == Decimal("0.45") + Decimal("0.035")
        assert "slightly slower" in advice.action

    def test_never_a_size_without_room_for_memory(self):
        assert self.found(point(256, 100.0, "0.5"), memory=memory(used_mb=200.0)) == []

    def test_never_a_size_that_failed(self):
        assert self.found(point(1024, 50.0, "1.0", outcome="Sandbox.Timedout")) == []

    def test_a_computed_size_only_outside_its_error_and_marked(self):
        assert self.found(point(1024, 80.0, "1.0", n=0, error=0.3), cost=self.LITTLE_INIT) == []
        (advice,) = self.found(point(1024, 50.0, "1.0", n=0, error=0.3), cost=self.LITTLE_INIT)
        assert not advice.measured
        assert "computed, ± 5%" in advice.evidence

    def test_much_slower_or_hardly_better_is_no_advice(self):
        assert self.found(point(384, 150.0, "0.6"), point(1024, 95.0, "1.0"), point(768, 99.0, "0.99")) == []

    def test_nothing_to_compare_with_is_no_advice(self):
        assert self.found(point(1024, 5.0, "0.1"), now=point(512, 100.0, "1", outcome="Runtime.OutOfMemory")) == []


class TestArm64:
    def test_the_price_alone_is_claimed(self):
        busy = cost(duration_per_million=Decimal(10), traffic=Traffic(invocations_per_month=10_000_000))
        (advice,) = advice_invoke.arm64(findings(cost=busy))
        assert float(advice.saves_usd_month) == pytest.approx(0.2 * 10.07 * 10, rel=1e-4)
        assert "not measured" in advice.evidence
        assert advice.saves_warm_ms == 0

    def test_cents_and_arm64_itself_are_no_advice(self):
        assert list(advice_invoke.arm64(findings())) == []
        assert list(advice_invoke.arm64(findings(cost=cost(architecture=Architecture.ARM64)))) == []


class TestRisks:
    def test_little_room_in_memory(self):
        (advice,) = advice_risk.memory_headroom(findings(memory=memory(used_mb=480.0)))
        assert "memory_mb = 640" in advice.action
        assert "480 MB" in advice.evidence
        assert list(advice_risk.memory_headroom(findings(memory=memory(used_mb=430.0)))) == []

    def test_no_size_is_large_enough(self):
        full = findings(function=facts(memory_mb=10_240), memory=memory(used_mb=10_000.0))
        (advice,) = advice_risk.memory_headroom(full)
        assert "no memory size" in advice.action

    def test_slow_invocations_near_the_timeout(self):
        (advice,) = advice_risk.timeout(findings(cold_start=cold_start(first_ms=9_000.0)))
        assert "timeout_s = 19" in advice.action
        assert "first invocations" in advice.evidence
        (warm,) = advice_risk.timeout(findings(cold_start=cold_start(warm_ms=9_500.0)))
        assert "warm invocations" in warm.evidence
        assert list(advice_risk.timeout(findings())) == []

    def test_a_leak_says_when_memory_is_full_and_where_to_look(self):
        site = AllocationSite(path="app.py", line=4, source="SEEN.append(x)", mb=3.0, blocks=9)
        leaking = memory(growth_mb_per_1000=20.0, growth_low=19.0, growth_high=21.0, leaks=True)
        (advice,) = advice_risk.leak(findings(memory=leaking))
        assert "20.0 MB per 1,000" in advice.evidence
        assert f"{(512 - 150) / 20 * 1000:,.0f}" in advice.evidence
        assert advice.id == "slow-leak"
        (fast,) = advice_risk.leak(findings(memory=msgspec.structs.replace(leaking, growth_mb_per_1000=200.0)))
        assert fast.id in advice_risk.IDS
        (placed,) = advice_risk.leak(findings(memory=msgspec.structs.replace(leaking, allocations=(site,))))
        assert placed.place == "app.py:4"

    def test_failures_are_quoted(self):
        (advice,) = advice_risk.failures(findings(cold_start=cold_start(failures=("ValueError: no (3 x)",))))
        assert "ValueError: no (3 x)" in advice.evidence


class TestRanking:
    def test_a_healthy_function_gets_no_advice(self):
        assert advise(findings()) == ()

    def test_what_can_fail_comes_first_then_the_largest_share_removed(self):
        tree = app(PANDAS, node("small", 20.0, **at(5)))
        failing = cold_start(failures=("ValueError: no (1 x)",))
        ranked = advise(
            findings(
                imports=msgspec.structs.replace(tree, without_bytecode=9),
                cold_start=failing,
                memory=memory(used_mb=480.0),
                precompiled=cold_start(300.0),
            )
        )
        assert [(item.id, item.place) for item in ranked] == [
            ("failures", ""),
            ("memory-headroom", ""),
            ("bytecode", ""),
            ("unused-import", "app.py:3"),
            ("unused-import", "app.py:5"),
        ]

    def test_half_the_cold_start_outranks_a_millisecond_of_each_invocation(self):
        work = HandlerWork(path="app.py", line=9, source="c()", what="a client", median_ms=1.0, calls=4, events=4)
        tree = msgspec.structs.replace(app(PANDAS), handler_work=(work,))
        traffic = Traffic(invocations_per_month=100_000_000, cold_ratio=0.001)
        busy = cost(traffic=traffic, total_per_month=Decimal(60), architecture=Architecture.ARM64)
        assert [item.id for item in advise(findings(imports=tree, cost=busy))] == ["unused-import", "work-in-handler"]

    def test_a_client_that_is_most_of_every_invocation_outranks_a_third_of_the_cold_start(self):
        work = HandlerWork(path="app.py", line=9, source="c()", what="a client", median_ms=30.0, calls=4, events=4)
        tree = msgspec.structs.replace(app(PANDAS), handler_work=(work,))
        assert [item.id for item in advise(findings(imports=tree))] == ["work-in-handler", "unused-import"]

    def test_a_price_without_a_measurement_sinks(self):
        tree = app(PANDAS)
        busy = cost(traffic=Traffic(invocations_per_month=100_000_000), total_per_month=Decimal(60))
        assert [item.id for item in advise(findings(imports=tree, cost=busy))] == ["unused-import", "arm64"]

    def test_the_score_adds_shares_and_what_is_added_counts_against(self):
        (advice,) = advise(findings(imports=app(PANDAS)))
        removed = 300 / 870 + float(advice.saves_usd_month) / 0.6
        assert score(advice, findings()) == pytest.approx(removed)
        slower = msgspec.structs.replace(advice, saves_warm_ms=-40.0)
        assert score(slower, findings()) == pytest.approx(removed - 1)

    def test_every_advice_has_evidence_with_a_figure_and_something_to_do(self):
        slow = TopLevelWork(path="a", line=1, source="x", self_ms=99)
        tree = msgspec.structs.replace(app(PANDAS), top_level=(slow,), without_bytecode=9)
        ranked = advise(findings(imports=tree, precompiled=cold_start(300.0), memory=memory(used_mb=480.0)))
        assert len(by_id(ranked)) == 4
        for item in ranked:
            assert any(character.isdigit() for character in item.evidence)
            assert item.action.endswith(".") or "PACKAGE" in item.action
