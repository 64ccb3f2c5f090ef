//! What every benchmark measures with: the stack, the load, the people, processes, figures.

pub mod broker;
pub mod figure;
pub mod goal;
pub mod ground;
pub mod load;
pub mod machine;
pub mod paced;
pub mod people;
pub mod processes;
pub mod report;
pub mod size;
pub mod slow;
pub mod stage;
pub mod subject;
pub mod table;
