from world.fixtures import live_market_of_the_module

__all__ = ["live_market_of_the_module"]
