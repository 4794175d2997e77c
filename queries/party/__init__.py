"""Who is it, and what is recorded of it?"""
