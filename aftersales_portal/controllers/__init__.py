from . import portal_return_request, portal_returns
