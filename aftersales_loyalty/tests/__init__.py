from . import common
from . import test_earning
from . import test_ledger
from . import test_expiry
