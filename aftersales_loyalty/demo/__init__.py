from . import aftersales_demo_loyalty
