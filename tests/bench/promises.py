"""Every bench by its name, in the order of the table of promises."""

from typing import Final

from tests.bench.finding import bench_search
from tests.bench.keys import bench_bytes, bench_keys
from tests.bench.listing import bench_listing
from tests.bench.living import bench_living
from tests.bench.reading import bench_opening, bench_reading
from tests.bench.remembering import bench_memory
from tests.bench.setting import Bench
from tests.bench.starting import bench_starting
from tests.bench.writing import bench_writing

BENCHES: Final[dict[str, Bench]] = {
    "listing": bench_listing,
    "starting": bench_starting,
    "keys": bench_keys,
    "opening": bench_opening,
    "reading": bench_reading,
    "search": bench_search,
    "living": bench_living,
    "bytes": bench_bytes,
    "memory": bench_memory,
    "writing": bench_writing,
}
