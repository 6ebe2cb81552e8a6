from . import (
    test_portal_guest,
    test_portal_papers,
    test_portal_products,
    test_portal_return_request,
    test_portal_returns,
    test_portal_track,
    test_portal_withdrawal,
    test_tours,
)
