"""Who is told what, when a fact has happened?"""
