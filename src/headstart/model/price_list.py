"""The list prices of AWS Lambda in USD by region, as numbers; ``headstart.model.pricing`` computes with them.

Source: AWS Price List, https://pricing.us-east-1.amazonaws.com/offers/v1.0/aws/AWSLambda/current/REGION/index.json
"""

from decimal import Decimal
from typing import Final

import msgspec

AS_OF: Final = "2026-10-01"


class RegionPrices(msgspec.Struct, frozen=True):
    """List prices of one region in USD, first tier. A GB is 1024 MB; prices per GB-second unless the name says else.

    ``provisioned_*`` are those of x86_64; ``storage`` is that of ``/tmp`` above 512 MB while the function runs.
    """

    request_usd: Decimal
    duration_x86_64_usd: Decimal
    duration_arm64_usd: Decimal
    provisioned_allocation_usd: Decimal
    provisioned_duration_usd: Decimal
    storage_usd: Decimal


class SnapStartPrices(msgspec.Struct, frozen=True):
    """Prices of SnapStart for Python in USD, at the memory size: per GB-second that a version's snapshot is kept, from
    its publishing on, and per GB of each restore."""

    cache_usd: Decimal
    restore_usd: Decimal


# https://aws.amazon.com/lambda/pricing/ (2026-07): of us-east-1, and of the region that was seen to have another.
SNAP_START_PRICES: Final = SnapStartPrices(Decimal("0.0000015046"), Decimal("0.0001397998"))
SNAP_START_PRICES_ELSEWHERE: Final = {
    "ap-northeast-2": SnapStartPrices(Decimal("0.0000018383"), Decimal("0.0001674588")),
}

# region, then the fields of RegionPrices in order
_TABLE: Final = """
af-south-1      0.0000002700 0.0000221000 0.0000176800 0.0000055300 0.0000129000 0.0000000404
ap-east-1       0.0000002800 0.0000229200 0.0000183000 0.0000057153 0.0000133358 0.0000000407
ap-northeast-1  0.0000002000 0.0000166667 0.0000133334 0.0000053835 0.0000125615 0.0000000370
ap-northeast-2  0.0000002000 0.0000166667 0.0000133334 0.0000051254 0.0000119592 0.0000000352
ap-northeast-3  0.0000002000 0.0000166667 0.0000133334 0.0000053835 0.0000125615 0.0000000370
ap-south-1      0.0000002000 0.0000166667 0.0000133334 0.0000044985 0.0000104966 0.0000000352
ap-southeast-1  0.0000002000 0.0000166667 0.0000133334 0.0000051991 0.0000121313 0.0000000370
ap-southeast-2  0.0000002000 0.0000166667 0.0000133334 0.0000052360 0.0000122173 0.0000000370
ap-southeast-4  0.0000002000 0.0000166667 0.0000133334 0.0000052360 0.0000122173 0.0000000370
ap-southeast-5  0.0000001800 0.0000150000 0.0000120000 0.0000046791 0.0000109181 0.0000000333
ca-central-1    0.0000002000 0.0000166667 0.0000133334 0.0000046460 0.0000108407 0.0000000340
eu-central-1    0.0000002000 0.0000166667 0.0000133334 0.0000050147 0.0000117011 0.0000000367
eu-central-2    0.0000002200 0.0000183334 0.0000146667 0.0000055162 0.0000128712 0.0000000441
eu-north-1      0.0000002000 0.0000166667 0.0000133334 0.0000044248 0.0000103245 0.0000000323
eu-south-1      0.0000002300 0.0000195172 0.0000156138 0.0000048783 0.0000113827 0.0000000357
eu-west-1       0.0000002000 0.0000166667 0.0000133334 0.0000046460 0.0000108407 0.0000000340
eu-west-2       0.0000002000 0.0000166667 0.0000133334 0.0000048304 0.0000112709 0.0000000358
eu-west-3       0.0000002000 0.0000166667 0.0000133334 0.0000048673 0.0000113569 0.0000000358
me-south-1      0.0000002500 0.0000206667 0.0000165334 0.0000051108 0.0000119251 0.0000000374
sa-east-1       0.0000002000 0.0000166667 0.0000133334 0.0000066372 0.0000154867 0.0000000586
us-east-1       0.0000002000 0.0000166667 0.0000133334 0.0000041667 0.0000097222 0.0000000309
us-east-2       0.0000002000 0.0000166667 0.0000133334 0.0000041667 0.0000097222 0.0000000309
us-west-1       0.0000002000 0.0000166667 0.0000133334 0.0000049041 0.0000114430 0.0000000370
us-west-2       0.0000002000 0.0000166667 0.0000133334 0.0000041667 0.0000097222 0.0000000309
"""

PRICE_LIST: Final[dict[str, RegionPrices]] = {
    region: RegionPrices(*map(Decimal, prices)) for region, *prices in map(str.split, _TABLE.split("\n")[1:-1])
}
