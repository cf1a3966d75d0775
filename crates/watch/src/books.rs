//! What is said of a product, kept while no statement changes: subjects of one kind ask for the same again and again.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, MutexGuard, PoisonError};

use model::advisory::{Component, Product};
use ports::store::StoreError;
use vulns::matching::{Hit, Key};

use crate::Watch;
use crate::world::{Grade, World};

/// Statements kept; beyond that the shelf is emptied.
const MOST_KEPT: usize = 100_000;

/// What is said of one product.
pub struct Book {
    /// The statements, with what hangs together with them.
    pub world: World,
    /// Those that call the product vulnerable, with the vulnerabilities of which they speak.
    pub about: Vec<(Key, Vec<String>)>,
}

/// Books and grades of one edition of the statements.
#[derive(Default)]
pub struct Shelf {
    edition: i64,
    statements: usize,
    books: BTreeMap<Product, Arc<Book>>,
    grades: BTreeMap<String, Grade>,
}

/// A statement that reaches a component, and where it stands.
pub struct Found<'b> {
    /// The statement and the component.
    pub hit: Hit,
    /// The vulnerabilities of which it speaks.
    pub chiefs: &'b [String],
    /// The statements around it.
    pub world: &'b World,
}

impl Watch {
    /// What is said of each product of these components, as far as something is.
    pub(crate) async fn books(&self, components: &[Component]) -> Result<Vec<Arc<Book>>, StoreError> {
        let products: BTreeSet<&Product> = components.iter().flat_map(|component| &component.products).collect();
        let edition = self.advisories.edition().await?;
        let mut books = Vec::new();
        for product in products {
            let kept = self.shelf(edition).books.get(product).cloned();
            let book = match kept {
                Some(book) => book,
                None => {
                    let book = Arc::new(self.read(product).await?);
                    self.shelf(edition).keep(product, &book);
                    book
                }
            };
            if !book.about.is_empty() {
                books.push(book);
            }
        }
        Ok(books)
    }

    /// How grave these vulnerabilities are.
    pub(crate) async fn grades(&self, chiefs: &[String]) -> Result<BTreeMap<String, Grade>, StoreError> {
        let edition = self.advisories.edition().await?;
        let unknown: Vec<String> = {
            let shelf = self.shelf(edition);
            chiefs.iter().filter(|chief| !shelf.grades.contains_key(*chief)).cloned().collect()
        };
        let world = World::load(&*self.advisories, &unknown).await?;
        let mut shelf = self.shelf(edition);
        for chief in unknown {
            let grade = world.grade(&chief);
            shelf.grades.insert(chief, grade);
        }
        Ok(chiefs.iter().filter_map(|chief| Some((chief.clone(), *shelf.grades.get(chief)?))).collect())
    }

    async fn read(&self, product: &Product) -> Result<Book, StoreError> {
        let names = self.advisories.names_about(std::slice::from_ref(product)).await?;
        let world = World::load(&*self.advisories, &names).await?;
        let speaks = |key: &&Key| world.compiled(key).is_some_and(|compiled| compiled.products().binary_search(&product).is_ok());
        let about: Vec<Key> = world.statements().keys().filter(speaks).cloned().collect();
        let about = about.into_iter().map(|key| (key.clone(), world.groups().chiefs(&key))).collect();
        Ok(Book { world, about })
    }

    /// The shelf of an edition; a poisoned lock still guards whole books.
    fn shelf(&self, edition: i64) -> MutexGuard<'_, Shelf> {
        let mut shelf = self.shelf.lock().unwrap_or_else(PoisonError::into_inner);
        if shelf.edition != edition {
            *shelf = Shelf { edition, ..Shelf::default() };
        }
        shelf
    }
}

impl Shelf {
    fn keep(&mut self, product: &Product, book: &Arc<Book>) {
        self.statements += book.world.statements().len();
        if self.statements > MOST_KEPT {
            self.books.clear();
            self.statements = book.world.statements().len();
        }
        self.books.insert(product.clone(), book.clone());
    }
}

/// The statements of the books that reach some of these components, each with each once.
pub fn look_up<'b>(books: &'b [Arc<Book>], components: &[Component]) -> Vec<Found<'b>> {
    let mut found: BTreeMap<(&Key, usize), Found<'b>> = BTreeMap::new();
    for book in books {
        for (key, chiefs) in &book.about {
            let Some(compiled) = book.world.compiled(key) else { continue };
            for reach in compiled.reach(components) {
                let hit = Hit { statement: key.clone(), component: reach.component, certainty: reach.certainty };
                found.entry((key, reach.component)).or_insert(Found { hit, chiefs, world: &book.world });
            }
        }
    }
    found.into_values().collect()
}
