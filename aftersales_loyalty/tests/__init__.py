from . import common
from . import test_earning
from . import test_ledger
from . import test_expiry
from . import test_portal_loyalty
from . import test_portal_accessibility
from . import test_tier
from . import test_tier_benefits
