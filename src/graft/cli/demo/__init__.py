"""x"""
def demo() -> None: pass
